-- Which cameras stand within reach of this point, nearest first, and what does each one see?
SELECT cameras.code, cameras.name, cameras.kind, cameras.status, cameras.bearing_deg, cameras.hfov_deg, cameras.range_m,
       cameras.mount_height_m, cameras.owner, cameras.signage, cameras.location_code,
       ST_X(cameras.place) AS lon, ST_Y(cameras.place) AS lat,
       camera_views.is_blind, camera_views.exact_area_m2,
       ST_AsGeoJSON(camera_views.view, 6) AS shape
  FROM cameras
  LEFT JOIN camera_views ON camera_views.camera_id = cameras.id
 WHERE cameras.place && ST_MakeEnvelope(:lon - :reach_lon, :lat - :reach_lat, :lon + :reach_lon, :lat + :reach_lat, 4326)
   AND cameras.status <> 'removed'
   AND coalesce(cameras.location_code, '') LIKE ANY(CAST(:scope AS text[]))
 ORDER BY ST_Distance(cameras.place::geography, ST_SetSRID(ST_Point(:lon, :lat), 4326)::geography)
 LIMIT 5
