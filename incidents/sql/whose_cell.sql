-- In which cell does a place lie today, and who leads there? A point on a border belongs to the lower code.
SELECT cell.code, cell.name,
       (SELECT worker.name
          FROM cell_assignments assignment
          JOIN workers worker ON worker.id = assignment.worker_id
         WHERE assignment.cell_id = cell.id AND assignment.period @> CURRENT_DATE
           AND (worker.left_on IS NULL OR worker.left_on > CURRENT_DATE)
         ORDER BY assignment.duty = 'lead' DESC, worker.name LIMIT 1) AS worker
  FROM cells cell
 WHERE cell.validity @> CURRENT_DATE
   AND cell.area && st_setsrid(st_makepoint(:lon, :lat), 4326)
   AND st_covers(cell.area, st_setsrid(st_makepoint(:lon, :lat), 4326))
 ORDER BY cell.code LIMIT 1
