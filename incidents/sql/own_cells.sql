-- Which cells does this worker answer for today, and where do they lie?
SELECT cell.code, cell.name, assignment.duty,
       ST_AsGeoJSON(ST_SimplifyPreserveTopology(cell.area, 0.00001), 6) AS area
  FROM cell_assignments assignment
  JOIN cells cell ON cell.id = assignment.cell_id
 WHERE assignment.worker_id = :worker_id AND assignment.period @> CURRENT_DATE
 ORDER BY assignment.duty, cell.code
