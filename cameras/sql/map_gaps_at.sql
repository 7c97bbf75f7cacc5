-- Which gap in the coverage lies under this point?
SELECT area_m2, street_m, ST_AsGeoJSON(area, 6) AS shape
  FROM coverage_gaps
 WHERE area && ST_SetSRID(ST_Point(:lon, :lat), 4326)
   AND ST_Intersects(area, ST_SetSRID(ST_Point(:lon, :lat), 4326))
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY(CAST(:scope AS text[])))
 ORDER BY area_m2
 LIMIT 1
