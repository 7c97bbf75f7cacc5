-- In which of today's cells does the middle of each of these streets' gaps lie, where that is not known?
UPDATE coverage_street_gaps gap SET location_code = (
  SELECT code FROM cells
   WHERE area && st_lineinterpolatepoint(gap.path, 0.5) AND st_covers(area, st_lineinterpolatepoint(gap.path, 0.5))
     AND validity @> CURRENT_DATE
   ORDER BY code LIMIT 1)
 WHERE street_id = ANY (:ids) AND location_code IS NULL
