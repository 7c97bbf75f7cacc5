-- Which workers could go to this incident: those of its cell first, then those of the cells around it, nearest first?
WITH spot AS (
  SELECT incident.place FROM incidents incident WHERE incident.id = :incident_id
), near AS MATERIALIZED (
  SELECT cell.id, cell.name, ST_Distance(cell.area::geography, spot.place::geography) AS away_m
    FROM spot, LATERAL (
      SELECT * FROM cells
       WHERE cells.validity @> CURRENT_DATE AND cells.code LIKE ANY(:scope)
       ORDER BY cells.area <-> spot.place LIMIT 40) cell
), placed AS (
  SELECT DISTINCT ON (worker.id) worker.id, worker.name, worker.user_id IS NOT NULL AS has_account,
         near.name AS cell_name, near.away_m, assignment.duty
    FROM near
    JOIN cell_assignments assignment ON assignment.cell_id = near.id AND assignment.period @> CURRENT_DATE
    JOIN workers worker ON worker.id = assignment.worker_id
   WHERE worker.left_on IS NULL OR worker.left_on > CURRENT_DATE
   ORDER BY worker.id, near.away_m, assignment.duty
)
SELECT placed.*,
       (SELECT count(*) FROM incidents taken
         WHERE taken.worker_id = placed.id AND taken.status IN ('dispatched', 'handling')) AS open_work
  FROM placed
 ORDER BY placed.away_m, placed.duty, open_work, placed.name
 LIMIT :most
