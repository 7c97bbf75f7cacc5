-- Which incidents without a cell, or still open, lie in a cell or division they do not name? They are located again.
UPDATE incidents SET place = incidents.place
  FROM (SELECT incident.id, coalesce(cell.code, division.code) AS code
          FROM incidents incident
          LEFT JOIN LATERAL (SELECT id, code FROM cells
                              WHERE area && incident.place AND st_covers(area, incident.place) AND validity @> CURRENT_DATE
                              ORDER BY code LIMIT 1) cell ON true
          LEFT JOIN LATERAL (SELECT code FROM divisions
                              WHERE cell.id IS NULL AND area && incident.place AND st_covers(area, incident.place)
                                AND validity @> CURRENT_DATE
                              ORDER BY length(code) DESC, code LIMIT 1) division ON true
         WHERE incident.cell_id IS NULL OR incident.status NOT IN ('closed', 'void')) AS found
 WHERE found.id = incidents.id AND found.code IS DISTINCT FROM incidents.location_code
