-- The stretches of street of an area that no camera sees, for a file: the longest first.
SELECT gap.id, gap.location_code AS cell_code, street.name AS street, street.kind, gap.length_m, gap.incident_weight,
       st_asbinary(gap.path) AS shape
  FROM coverage_street_gaps gap JOIN streets street ON street.id = gap.street_id
 WHERE coalesce(gap.location_code, '') LIKE ANY (CAST(:scope AS text[])) ORDER BY gap.length_m DESC, gap.id
