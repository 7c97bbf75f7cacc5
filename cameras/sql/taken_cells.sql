-- The cells of an area with their coverage and outline, for a file.
SELECT cell.code, cell.name, village.name AS village, coverage.open_area_m2, coverage.watched_area_m2,
       coverage.watched_twice_area_m2, coverage.watched_thrice_area_m2, coverage.watched_share, coverage.street_m,
       coverage.unwatched_street_m, coverage.camera_count, coverage.incident_weight, coverage.watched_incident_weight,
       st_asbinary(cell.area) AS shape
  FROM cells cell JOIN divisions village ON village.id = cell.village_id
  LEFT JOIN cell_coverages coverage ON coverage.cell_id = cell.id
 WHERE cell.validity @> CURRENT_DATE AND cell.code LIKE ANY (CAST(:scope AS text[])) ORDER BY cell.code
