-- Who could answer for a cell? Those who live near and have few households to look after come first; both numbers are shown.
SELECT worker.id, worker.name, worker.kind, division.name AS division, st_x(worker.home) AS lon, st_y(worker.home) AS lat,
       round(st_distance(worker.home::geography, cell.area::geography)) AS away_m,
       count(held.id) AS cells, coalesce(sum(held.households), 0) AS households,
       coalesce(bool_or(held.id = cell.id), false) AS is_here,
       EXISTS (SELECT FROM cell_assignments own WHERE own.worker_id = worker.id AND own.cell_id = cell.id
                  AND own.duty = 'substitute' AND own.period @> CURRENT_DATE) AS is_substitute_here
  FROM cells cell
  JOIN workers worker ON worker.left_on IS NULL OR worker.left_on > CURRENT_DATE
  JOIN divisions division ON division.id = worker.division_id
  LEFT JOIN cell_assignments duty ON duty.worker_id = worker.id AND duty.duty = 'lead' AND duty.period @> CURRENT_DATE
  LEFT JOIN cells held ON held.id = duty.cell_id AND held.validity @> CURRENT_DATE
 WHERE cell.id = :cell_id AND division.code LIKE ANY (CAST(:scope AS text[]))
   AND (:search = '' OR strpos(worker.name, :search) > 0)
 GROUP BY worker.id, division.id, cell.id
 ORDER BY coalesce(st_distance(worker.home::geography, cell.area::geography), 1e6) + 3 * coalesce(sum(held.households), 0), worker.id
 LIMIT :limit
