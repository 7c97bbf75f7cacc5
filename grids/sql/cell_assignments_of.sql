-- Who has answered, answers and will answer for a cell?
SELECT assignment.id, assignment.duty, assignment.starts_on, assignment.ends_on, worker.name, worker.kind,
       assignment.period @> CURRENT_DATE AS is_now
  FROM cell_assignments assignment JOIN workers worker ON worker.id = assignment.worker_id
 WHERE assignment.cell_id = :cell_id AND NOT isempty(assignment.period)
 ORDER BY assignment.starts_on DESC, assignment.id DESC
