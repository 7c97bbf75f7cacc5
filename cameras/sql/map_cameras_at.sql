-- Which cameras stand within reach of this point, nearest first (or: which one has this code), and what does each one see?
SELECT cameras.code, cameras.name, cameras.kind, cameras.status, cameras.bearing_deg, cameras.hfov_deg, cameras.range_m,
       cameras.mount_height_m, cameras.owner, cameras.signage, cameras.location_code,
       ST_X(cameras.place) AS lon, ST_Y(cameras.place) AS lat,
       camera_views.is_blind, camera_views.exact_area_m2,
       ST_AsGeoJSON(camera_views.view, 6) AS shape
  FROM cameras
  LEFT JOIN camera_views ON camera_views.camera_id = cameras.id
 WHERE (cameras.code = CAST(:code AS text)
        OR cameras.place && ST_MakeEnvelope(CAST(:lon AS float) - :reach_lon, CAST(:lat AS float) - :reach_lat, CAST(:lon AS float) + :reach_lon, CAST(:lat AS float) + :reach_lat, 4326))
   AND cameras.status <> 'removed'
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(cameras.location_code, '') LIKE ANY(CAST(:scope AS text[])))
 ORDER BY ST_Distance(cameras.place::geography, ST_SetSRID(ST_Point(CAST(:lon AS float), CAST(:lat AS float)), 4326)::geography)
 LIMIT 5
