-- How much does each street near a place want to be patrolled? Stretches no camera sees, incidents of the last 90 days within 30 m, and schools,
-- stations and markets within 100 m each add to a base of 1; the parts are returned so that a page can say why.
WITH near AS (
  SELECT id, path, length_m FROM streets
   WHERE path && st_expand(st_setsrid(st_point(:lon, :lat), 4326), :reach_deg)
)
SELECT near.id,
       coalesce(incidents.count, 0) AS incidents,
       coalesce(places.count, 0) AS places,
       EXISTS (SELECT FROM coverage_street_gaps AS gap WHERE gap.street_id = near.id) AS is_gap
  FROM near
  LEFT JOIN LATERAL (
    SELECT count(*) FROM incidents
     WHERE incidents.place && st_expand(near.path, 0.0004) AND st_dwithin(incidents.place, near.path, 0.0003)
       AND incidents.received_at > now() - interval '90 days'
  ) AS incidents ON true
  LEFT JOIN LATERAL (
    SELECT count(*) FROM places
     WHERE places.place && st_expand(near.path, 0.0012) AND st_dwithin(places.place, near.path, 0.001)
       AND places.kind IN ('school', 'kindergarten', 'hospital', 'station', 'bus_station', 'marketplace')
  ) AS places ON true
