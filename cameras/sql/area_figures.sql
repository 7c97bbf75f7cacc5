-- What does coverage say of an area in all: ground by number of cameras, streets, incidents, cameras by state?
WITH cells_of AS (
  SELECT id FROM cells WHERE validity @> CURRENT_DATE AND code LIKE ANY (CAST(:scope AS text[]))
), ground AS (
  SELECT count(*) AS cells, coalesce(sum(open_area_m2), 0) AS open_area_m2, coalesce(sum(watched_area_m2), 0) AS watched_area_m2,
         coalesce(sum(watched_twice_area_m2), 0) AS watched_twice_area_m2,
         coalesce(sum(watched_thrice_area_m2), 0) AS watched_thrice_area_m2,
         coalesce(sum(street_m), 0) AS street_m, coalesce(sum(unwatched_street_m), 0) AS unwatched_street_m,
         sum(incident_weight) AS incidents, sum(incident_weight - watched_incident_weight) AS unseen_incidents
    FROM cell_coverages JOIN cells_of ON cells_of.id = cell_id
), gaps AS (
  SELECT count(*) AS gaps, sum(incident_weight) AS gap_incidents FROM coverage_gaps
   WHERE location_code LIKE ANY (CAST(:scope AS text[]))
), seen AS (
  SELECT count(*) FILTER (WHERE camera.status = 'online') AS online,
         count(*) FILTER (WHERE camera.status IN ('offline', 'fault')) AS down,
         count(*) FILTER (WHERE camera.status = 'planned') AS planned,
         count(*) FILTER (WHERE view.is_blind) AS blind,
         count(*) FILTER (WHERE view.snapped_m > 1) AS moved_far
    FROM cameras camera LEFT JOIN camera_views view ON view.camera_id = camera.id
   WHERE camera.location_code LIKE ANY (CAST(:scope AS text[])) AND camera.status <> 'removed'
)
SELECT * FROM ground, gaps, seen
