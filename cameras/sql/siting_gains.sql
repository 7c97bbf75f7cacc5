-- What do cells gain by these studies? Only cells in which any of them changes something.
SELECT gain.study_id, cell.code, cell.name, gain.open_m2, gain.before_m2, gain.after_m2, gain.street_m,
       gain.street_before_m, gain.street_after_m
  FROM siting_cells gain JOIN cells cell ON cell.id = gain.cell_id
 WHERE gain.study_id = ANY (CAST(:ids AS bigint[]))
   AND gain.cell_id IN (SELECT cell_id FROM siting_cells WHERE study_id = ANY (CAST(:ids AS bigint[]))
                           AND (after_m2 > before_m2 OR street_after_m > street_before_m))
 ORDER BY cell.code, gain.study_id
