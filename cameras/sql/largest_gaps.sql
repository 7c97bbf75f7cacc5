-- Which gaps have the most street in them, and where are they?
SELECT gap.id, gap.street_m, gap.area_m2, cell.code, cell.name AS cell,
       st_x(st_pointonsurface(gap.area)) AS lon, st_y(st_pointonsurface(gap.area)) AS lat
  FROM coverage_gaps gap JOIN cells cell ON cell.id = gap.cell_id
 WHERE gap.location_code LIKE ANY (CAST(:scope AS text[]))
 ORDER BY gap.street_m DESC, gap.id LIMIT :limit
