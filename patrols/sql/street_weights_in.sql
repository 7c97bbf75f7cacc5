-- How much does each street of a division want to be patrolled? Stretches no camera sees, incidents of the last 90 days within 30 m, schools,
-- stations and markets within 100 m, and the day it was last walked or on a published plan before :day; the parts are returned so that a page can say why.
WITH ground AS (
  SELECT area FROM divisions WHERE id = :division_id
), near AS (
  SELECT streets.id, streets.path, streets.length_m, coalesce(streets.name, '') AS name
    FROM streets, ground
   WHERE streets.path && ground.area AND st_intersects(streets.path, ground.area)
), walked AS (
  SELECT street_id, max(last_on) AS last_on FROM (
    SELECT street_id, study.plan_on AS last_on
      FROM patrol_study_routes route
      JOIN patrol_studies study ON study.id = route.study_id
      CROSS JOIN LATERAL unnest(route.street_ids) AS street_id
     WHERE route.shift_id IS NOT NULL AND study.plan_on < :day AND study.plan_on >= CAST(:day AS date) - 30
    UNION ALL
    SELECT street_id, CAST(last_walked_at AS date) FROM street_parts
     WHERE last_walked_at < CAST(:day AS date) AND last_walked_at >= CAST(:day AS date) - 30
  ) AS either
   GROUP BY street_id
)
SELECT near.id, near.name, near.length_m,
       coalesce(incidents.count, 0) AS incidents,
       coalesce(places.count, 0) AS places,
       EXISTS (SELECT FROM coverage_street_gaps AS gap WHERE gap.street_id = near.id) AS is_gap,
       CAST(:day AS date) - walked.last_on AS days_since
  FROM near
  LEFT JOIN walked ON walked.street_id = near.id
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
