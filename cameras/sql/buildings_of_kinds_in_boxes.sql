-- Which buildings of these kinds lie in any of these boxes (lon/lat)? One in two boxes comes twice.
WITH boxes AS (
  SELECT st_makeenvelope(west, south, east, north, 4326) AS box
    FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), CAST(:north AS float8[])) AS b(west, south, east, north)
)
SELECT id, st_asbinary(area) AS shape FROM boxes JOIN buildings ON area && box WHERE kind = ANY (CAST(:kinds AS text[]))
