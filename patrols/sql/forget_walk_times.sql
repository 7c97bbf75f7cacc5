-- Which walks are older than positions are kept? Who walked where is forgotten; the counts by street and day stay.
WITH gone AS (
  DELETE FROM walked_parts WHERE walked_on < (CAST(:until AS timestamptz) AT TIME ZONE 'UTC')::date RETURNING session_id
), bare AS (
  UPDATE patrol_verifications verified SET figures = figures - 'gaps' - 'deviations' - 'checkpoints' - 'missed_parts'
    FROM patrol_sessions patrol
   WHERE patrol.id = verified.session_id AND patrol.started_at < CAST(:until AS timestamptz) AND figures ? 'gaps'
)
SELECT count(DISTINCT session_id) FROM gone
