-- Which patrol routes run within reach of this point?
SELECT route_plans.id, route_plans.name, route_plans.status, route_plans.length_m, route_plans.walk_s, divisions.name AS division,
       ST_AsGeoJSON(route_plans.path, 6) AS shape
  FROM route_plans
  JOIN divisions ON divisions.id = route_plans.division_id
 WHERE route_plans.path && ST_MakeEnvelope(:lon - :reach_lon, :lat - :reach_lat, :lon + :reach_lon, :lat + :reach_lat, 4326)
   AND ST_DWithin(route_plans.path::geography, ST_SetSRID(ST_Point(:lon, :lat), 4326)::geography, :reach_m)
   AND route_plans.status = 'published'
   AND (CAST(:scope AS text[]) IS NULL OR divisions.code LIKE ANY(CAST(:scope AS text[])))
 ORDER BY route_plans.name
 LIMIT 5
