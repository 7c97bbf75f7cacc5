-- Which stretches of street out of every camera's sight are the longest, and where is the middle of each?
SELECT gap.id, gap.length_m, gap.location_code AS code, cell.name AS cell, street.id AS street_id, street.name AS street,
       street.kind, st_x(middle) AS lon, st_y(middle) AS lat
  FROM coverage_street_gaps gap
  JOIN streets street ON street.id = gap.street_id
  LEFT JOIN cells cell ON cell.code = gap.location_code AND cell.validity @> CURRENT_DATE
  CROSS JOIN LATERAL st_lineinterpolatepoint(gap.path, 0.5) AS middle
 WHERE coalesce(gap.location_code, '') LIKE ANY (CAST(:scope AS text[]))
 ORDER BY gap.length_m DESC, gap.id LIMIT :limit
