-- Which of today's cells lie in any of these boxes (lon/lat), with what is known of their ground? One in two boxes comes twice.
WITH boxes AS (
  SELECT st_makeenvelope(west, south, east, north, 4326) AS box
    FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), CAST(:north AS float8[])) AS b(west, south, east, north)
)
SELECT cells.id, cells.code, st_asbinary(cells.area) AS shape, coverage.open_area_m2, coverage.street_m,
       ground.frame_lon, ground.frame_lat, ground.near_streets, ground.water
  FROM boxes
  JOIN cells ON cells.area && box
  LEFT JOIN cell_coverages coverage ON coverage.cell_id = cells.id
  LEFT JOIN cell_grounds ground ON ground.cell_id = cells.id
 WHERE cells.validity @> CURRENT_DATE
