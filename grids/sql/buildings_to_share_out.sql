-- Which buildings stand in a village, how large are they and who lives in them?
SELECT st_x(middle) AS lon, st_y(middle) AS lat, st_area(building.area::geography) AS footprint_m2,
       building.kind, building.levels, building.height_m, building.households
  FROM divisions village
  JOIN buildings building ON building.area && village.area
 CROSS JOIN LATERAL st_pointonsurface(building.area) AS middle
 WHERE village.id = :village AND st_intersects(village.area, middle)
