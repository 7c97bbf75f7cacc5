-- Which places where people gather lie in any of these boxes (lon/lat)? Names of settlements are none.
WITH boxes AS (
  SELECT st_makeenvelope(west, south, east, north, 4326) AS box
    FROM unnest(CAST(:west AS float8[]), CAST(:south AS float8[]), CAST(:east AS float8[]), CAST(:north AS float8[])) AS b(west, south, east, north)
)
SELECT id, kind, st_asbinary(place) AS shape FROM boxes JOIN places ON place && box
 WHERE kind NOT IN ('city', 'town', 'village', 'suburb', 'hamlet', 'neighbourhood', 'locality', 'quarter', 'isolated_dwelling')
