-- Which cameras stand in another cell or division than they say, now that borders have changed? They are located again.
UPDATE cameras SET place = cameras.place
  FROM (SELECT camera.id, cell.id AS cell_id, coalesce(cell.code, division.code) AS code
          FROM cameras camera
          LEFT JOIN LATERAL (SELECT id, code FROM cells
                              WHERE area && camera.place AND st_covers(area, camera.place) AND validity @> CURRENT_DATE
                              ORDER BY code LIMIT 1) cell ON true
          LEFT JOIN LATERAL (SELECT code FROM divisions
                              WHERE cell.id IS NULL AND area && camera.place AND st_covers(area, camera.place)
                                AND validity @> CURRENT_DATE
                              ORDER BY length(code) DESC, code LIMIT 1) division ON true) AS found
 WHERE found.id = cameras.id
   AND (found.cell_id, found.code) IS DISTINCT FROM (cameras.cell_id, cameras.location_code)
