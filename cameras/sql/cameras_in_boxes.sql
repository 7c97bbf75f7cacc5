-- Which online cameras stand in any of these boxes (lon/lat)?
WITH boxes AS (
  SELECT st_makeenvelope(west, south, east, north, 4326) AS box
    FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), CAST(:north AS float8[])) AS b(west, south, east, north)
)
SELECT DISTINCT ON (id) id, cell_id, location_code, st_x(place) AS lon, st_y(place) AS lat, bearing_deg, hfov_deg, range_m,
       mount_height_m, pixels_h, pitch_deg, vfov_deg
  FROM boxes JOIN cameras ON place && box
 WHERE status = 'online'
 ORDER BY id
