-- Which buildings, streets and waters lie in a box (lon/lat)? One row each: what it is, its height, its geometry.
SELECT 'building' AS what, height_m, st_asbinary(area) AS shape FROM buildings
 WHERE area && st_makeenvelope(:west, :south, :east, :north, 4326)
UNION ALL
SELECT 'street', NULL, st_asbinary(path) FROM streets
 WHERE path && st_makeenvelope(:west, :south, :east, :north, 4326) AND surface_level >= 0
   AND kind NOT IN ('motorway', 'motorway_link', 'construction', 'proposed')
UNION ALL
SELECT 'water', NULL, st_asbinary(area) FROM land_covers
 WHERE kind = 'water' AND area && st_makeenvelope(:west, :south, :east, :north, 4326)
