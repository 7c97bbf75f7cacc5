-- Which stored views reach into any of these boxes (lon/lat)? One in two boxes comes twice.
WITH boxes AS (
  SELECT st_makeenvelope(west, south, east, north, 4326) AS box
    FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), CAST(:north AS float8[])) AS b(west, south, east, north)
)
SELECT camera_id AS id, st_asbinary(view) AS shape FROM boxes JOIN camera_views ON view && box
