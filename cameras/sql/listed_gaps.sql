-- Which gaps of an area matter most by the asked measure (street, incidents or ground in them), and where are they?
WITH ranked AS (
  SELECT gap.id, gap.cell_id, gap.street_m, gap.area_m2, gap.incident_weight, gap.area, count(*) OVER () AS total
    FROM coverage_gaps gap
   WHERE gap.location_code LIKE ANY (CAST(:scope AS text[]))
   ORDER BY CASE :sort WHEN 'incidents' THEN gap.incident_weight WHEN 'area' THEN gap.area_m2 ELSE gap.street_m END
            DESC NULLS LAST, gap.street_m DESC, gap.id
   LIMIT :limit OFFSET :skip
)
SELECT ranked.id, ranked.street_m, ranked.area_m2, ranked.incident_weight, ranked.total, cell.code, cell.name AS cell,
       village.name AS village, village.name_en AS village_en, street.name AS street,
       st_xmin(ranked.area) AS west, st_ymin(ranked.area) AS south, st_xmax(ranked.area) AS east, st_ymax(ranked.area) AS north,
       st_x(middle) AS lon, st_y(middle) AS lat
  FROM ranked
  JOIN cells cell ON cell.id = ranked.cell_id
  JOIN divisions village ON village.id = cell.village_id
  CROSS JOIN LATERAL st_pointonsurface(ranked.area) AS middle
  LEFT JOIN LATERAL (SELECT name FROM streets WHERE name <> '' AND st_intersects(path, ranked.area)
                      ORDER BY st_length(st_intersection(path, ranked.area)) DESC, name LIMIT 1) AS street ON true
 ORDER BY CASE :sort WHEN 'incidents' THEN ranked.incident_weight WHEN 'area' THEN ranked.area_m2 ELSE ranked.street_m END
          DESC NULLS LAST, ranked.street_m DESC, ranked.id
