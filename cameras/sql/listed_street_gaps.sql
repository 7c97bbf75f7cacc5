-- Which stretches of street out of every camera's sight matter most by the asked measure (length or incidents)?
WITH ranked AS (
  SELECT gap.id, gap.street_id, gap.location_code, gap.length_m, gap.incident_weight, gap.path, count(*) OVER () AS total
    FROM coverage_street_gaps gap
   WHERE coalesce(gap.location_code, '') LIKE ANY (CAST(:scope AS text[]))
   ORDER BY CASE :sort WHEN 'incidents' THEN gap.incident_weight ELSE gap.length_m END DESC NULLS LAST,
            gap.length_m DESC, gap.id
   LIMIT :limit OFFSET :skip
)
SELECT ranked.id, ranked.length_m, ranked.incident_weight, ranked.total, ranked.location_code AS code, cell.name AS cell,
       street.name AS street, street.kind,
       st_xmin(ranked.path) AS west, st_ymin(ranked.path) AS south, st_xmax(ranked.path) AS east, st_ymax(ranked.path) AS north,
       st_x(middle) AS lon, st_y(middle) AS lat
  FROM ranked
  JOIN streets street ON street.id = ranked.street_id
  LEFT JOIN cells cell ON cell.code = ranked.location_code AND cell.validity @> CURRENT_DATE
  CROSS JOIN LATERAL st_lineinterpolatepoint(ranked.path, 0.5) AS middle
 ORDER BY CASE :sort WHEN 'incidents' THEN ranked.incident_weight ELSE ranked.length_m END DESC NULLS LAST,
          ranked.length_m DESC, ranked.id
