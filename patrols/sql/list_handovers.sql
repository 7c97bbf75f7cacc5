-- What did this shift, and the last one before it of the same team or route, tell the next?
WITH before AS (
  SELECT id FROM shifts
   WHERE id <> :shift_id AND status <> 'cancelled'
     AND (team_id = CAST(:team_id AS bigint) OR route_plan_id = CAST(:plan_id AS bigint))
     AND ends_at <= CAST(:starts_at AS timestamptz) + interval '1 hour'
     AND ends_at > CAST(:starts_at AS timestamptz) - interval '2 days'
     AND EXISTS (SELECT 1 FROM shift_handovers WHERE shift_id = shifts.id)
   ORDER BY ends_at DESC LIMIT 1)
SELECT note.id, note.note, note.written_at, users.name AS written_by, shift.name AS shift, note.shift_id,
       note.shift_id = :shift_id AS is_own
  FROM shift_handovers note
  JOIN shifts shift ON shift.id = note.shift_id
  JOIN users ON users.id = note.written_by
 WHERE note.shift_id = :shift_id OR note.shift_id IN (SELECT id FROM before)
 ORDER BY note.written_at DESC, note.id DESC LIMIT 30
