-- Which online cameras may see ground within a box (lon/lat)? A camera reaches into it from at most its range away.
SELECT id, st_x(place) AS lon, st_y(place) AS lat, bearing_deg, hfov_deg, range_m, mount_height_m, pixels_h, location_code
  FROM cameras
 WHERE status = 'online'
   AND place && st_expand(st_makeenvelope(:west, :south, :east, :north, 4326), :margin_deg)
 ORDER BY id
