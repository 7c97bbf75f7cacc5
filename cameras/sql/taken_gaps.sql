-- The gaps of an area with their outline, for a file: most street first.
SELECT gap.id, gap.location_code AS cell_code, gap.street_m, gap.area_m2, gap.incident_weight,
       st_x(st_pointonsurface(gap.area)) AS lon, st_y(st_pointonsurface(gap.area)) AS lat, st_asbinary(gap.area) AS shape
  FROM coverage_gaps gap WHERE gap.location_code LIKE ANY (CAST(:scope AS text[])) ORDER BY gap.street_m DESC, gap.id
