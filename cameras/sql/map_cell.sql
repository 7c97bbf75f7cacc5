-- What is there to say of the cell with this code, or under this point: place, people who answer for it, coverage?
SELECT cells.code, cells.name, cells.kind, cells.households, cells.area_m2,
       village.name AS village, township.name AS township,
       lead.name AS lead, substitute.name AS substitute,
       coverage.watched_share, coverage.open_area_m2, coverage.watched_twice_area_m2, coverage.street_m,
       coverage.unwatched_street_m, coverage.camera_count, coverage.finished_at,
       ST_XMin(cells.area) AS west, ST_YMin(cells.area) AS south, ST_XMax(cells.area) AS east, ST_YMax(cells.area) AS north,
       ST_AsGeoJSON(ST_SimplifyPreserveTopology(cells.area, 0.00001), 6) AS shape
  FROM cells
  JOIN divisions AS village ON village.id = cells.village_id
  JOIN divisions AS township ON township.id = village.parent_id
  LEFT JOIN LATERAL (
    SELECT workers.name FROM cell_assignments JOIN workers ON workers.id = cell_assignments.worker_id
     WHERE cell_assignments.cell_id = cells.id AND duty = 'lead' AND period @> CURRENT_DATE
  ) AS lead ON true
  LEFT JOIN LATERAL (
    SELECT workers.name FROM cell_assignments JOIN workers ON workers.id = cell_assignments.worker_id
     WHERE cell_assignments.cell_id = cells.id AND duty = 'substitute' AND period @> CURRENT_DATE
  ) AS substitute ON true
  LEFT JOIN LATERAL (
    SELECT cell_coverages.*, coverage_runs.finished_at
      FROM cell_coverages JOIN coverage_runs ON coverage_runs.id = cell_coverages.run_id
     WHERE cell_coverages.cell_id = cells.id AND (CAST(:watched_in AS text[]) IS NULL OR cells.code LIKE ANY(CAST(:watched_in AS text[])))
  ) AS coverage ON true
 WHERE cells.validity @> CURRENT_DATE
   AND (CAST(:scope AS text[]) IS NULL OR cells.code LIKE ANY(CAST(:scope AS text[])))
   AND (cells.code = CAST(:code AS text)
        OR (cells.area && ST_SetSRID(ST_Point(CAST(:lon AS float), CAST(:lat AS float)), 4326)
            AND ST_Intersects(cells.area, ST_SetSRID(ST_Point(CAST(:lon AS float), CAST(:lat AS float)), 4326))))
 ORDER BY cells.code
 LIMIT 1
