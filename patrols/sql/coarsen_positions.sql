-- Which exact positions are too old to stay so? One a minute stays, on a raster of 0.001 degrees (about 100 m).
WITH old AS (
  DELETE FROM position_fixes WHERE fixed_at < CAST(:until AS timestamptz) AND NOT is_coarse
  RETURNING session_id, fixed_at, received_at, source, place, mark, is_mocked, device_id
), coarse AS (
  INSERT INTO position_fixes (session_id, fixed_at, received_at, accuracy_m, source, place, mark, is_mocked, is_coarse, device_id)
  SELECT DISTINCT ON (session_id, minute)
         session_id, minute, received_at, 100, source, st_snaptogrid(place, 0.001), mark, is_mocked, true, device_id
    FROM (SELECT old.*, greatest(date_trunc('minute', fixed_at), patrol_sessions.started_at) AS minute
            FROM old JOIN patrol_sessions ON patrol_sessions.id = old.session_id) AS minutes
   ORDER BY session_id, minute, mark = 'ok' DESC, fixed_at
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT (SELECT count(*) FROM old) AS exact, (SELECT count(*) FROM coarse) AS coarse
