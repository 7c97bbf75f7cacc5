-- In which cells are the most street metres out of every camera's sight?
SELECT cell.code, cell.name, village.name AS village, village.name_en AS village_en, coverage.watched_share,
       coverage.unwatched_street_m, coverage.street_m, coverage.camera_count
  FROM cell_coverages coverage
  JOIN cells cell ON cell.id = coverage.cell_id
  JOIN divisions village ON village.id = cell.village_id
 WHERE cell.validity @> CURRENT_DATE AND cell.code LIKE ANY (CAST(:scope AS text[]))
 ORDER BY coverage.unwatched_street_m DESC, cell.code LIMIT :limit
