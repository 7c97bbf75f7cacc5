-- How many incidents that pass this filter lie in each square of a fine net over this box, and where is their middle?
SELECT avg(ST_Y(incidents.place)) AS lat, avg(ST_X(incidents.place)) AS lon, count(*)::integer AS incidents
  FROM incidents
 WHERE incidents.place && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(incidents.location_code, '') LIKE ANY(CAST(:scope AS text[])))
   AND incidents.status = ANY(:statuses)
   AND (NOT :only_overdue OR incidents.due_at < now())
   AND (CAST(:since AS timestamptz) IS NULL OR incidents.received_at >= :since)
   AND (CAST(:category_code AS text) IS NULL OR incidents.category_code = :category_code)
   AND (CAST(:group_code AS text) IS NULL OR (incidents.scheme, incidents.category_code) IN (
         SELECT scheme, code FROM incident_categories WHERE group_code = :group_code))
 GROUP BY floor((ST_X(incidents.place) - :west) / :step_lon), floor((ST_Y(incidents.place) - :south) / :step_lat)
