-- How much of an area's open ground and streets do cameras watch, and how many cameras are there by state?
SELECT coalesce(sum(coverage.open_area_m2), 0) AS open_area_m2, coalesce(sum(coverage.watched_area_m2), 0) AS watched_area_m2,
       coalesce(sum(coverage.watched_twice_area_m2), 0) AS watched_twice_area_m2,
       coalesce(sum(coverage.street_m), 0) AS street_m, coalesce(sum(coverage.unwatched_street_m), 0) AS unwatched_street_m,
       count(coverage.cell_id) AS cells,
       (SELECT count(*) FROM cameras WHERE location_code LIKE ANY (CAST(:scope AS text[])) AND status = 'online') AS online,
       (SELECT count(*) FROM cameras WHERE location_code LIKE ANY (CAST(:scope AS text[])) AND status IN ('offline', 'fault')) AS down,
       (SELECT count(*) FROM camera_views JOIN cameras ON cameras.id = camera_id
         WHERE is_blind AND location_code LIKE ANY (CAST(:scope AS text[]))) AS blind,
       (SELECT count(*) FROM camera_views JOIN cameras ON cameras.id = camera_id
         WHERE snapped_m > 1 AND location_code LIKE ANY (CAST(:scope AS text[]))) AS moved_far
  FROM cells cell LEFT JOIN cell_coverages coverage ON coverage.cell_id = cell.id
 WHERE cell.validity @> CURRENT_DATE AND cell.code LIKE ANY (CAST(:scope AS text[]))
