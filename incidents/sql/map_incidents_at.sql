-- Which incidents that pass this filter happened within reach of this point, nearest first?
SELECT incidents.id, incidents.number, incidents.status, incidents.priority, incidents.reported_at, incidents.due_at,
       incidents.place_text, incidents.description, category.name_zh, category.name_en,
       ST_X(incidents.place) AS lon, ST_Y(incidents.place) AS lat
  FROM incidents
  JOIN incident_categories AS category ON category.scheme = incidents.scheme AND category.code = incidents.category_code
 WHERE incidents.place && ST_MakeEnvelope(:lon - :reach_lon, :lat - :reach_lat, :lon + :reach_lon, :lat + :reach_lat, 4326)
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(incidents.location_code, '') LIKE ANY(CAST(:scope AS text[])))
   AND incidents.status = ANY(:statuses)
   AND (NOT :only_overdue OR incidents.due_at < now())
   AND (CAST(:since AS timestamptz) IS NULL OR incidents.received_at >= :since)
   AND (CAST(:category_code AS text) IS NULL OR incidents.category_code = :category_code)
   AND (CAST(:group_code AS text) IS NULL OR category.group_code = :group_code)
 ORDER BY ST_Distance(incidents.place::geography, ST_SetSRID(ST_Point(:lon, :lat), 4326)::geography)
 LIMIT 5
