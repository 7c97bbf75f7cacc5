-- How many metres of the streets a plan walks were on published plans of the days before it, and on how many days were there any?
WITH mine AS (
  SELECT DISTINCT street_id FROM patrol_study_routes, unnest(street_ids) AS street_id WHERE study_id = :study_id
), before AS (
  SELECT DISTINCT street_id, study.plan_on
    FROM patrol_study_routes route
    JOIN patrol_studies study ON study.id = route.study_id
    CROSS JOIN LATERAL unnest(route.street_ids) AS street_id
   WHERE route.shift_id IS NOT NULL AND study.plan_on >= :since AND study.plan_on < :day
)
SELECT coalesce(sum(streets.length_m), 0) AS length_m,
       coalesce(sum(streets.length_m) FILTER (WHERE streets.id IN (SELECT street_id FROM before)), 0) AS again_m,
       (SELECT count(DISTINCT plan_on) FROM before) AS days
  FROM mine JOIN streets ON streets.id = mine.street_id
