-- Which of the positions sent lie in a patrol of their sender's? Those are kept once; the others are told by number and reason, their places forgotten.
WITH sent AS (
  SELECT * FROM unnest(
      CAST(:fixed_at AS timestamptz[]), CAST(:lon AS double precision[]), CAST(:lat AS double precision[]), CAST(:accuracy_m AS real[]),
      CAST(:speed_mps AS real[]), CAST(:bearing_deg AS real[]), CAST(:battery_pct AS smallint[]), CAST(:is_mocked AS boolean[]),
      CAST(:mark AS text[]), CAST(:refusal AS text[]))
    AS sent (fixed_at, lon, lat, accuracy_m, speed_mps, bearing_deg, battery_pct, is_mocked, mark, refusal)
), own AS (
  SELECT patrol.id, patrol.started_at, patrol.ended_at IS NOT NULL AS is_over,
         coalesce(patrol.ended_at, least(CAST(:now AS timestamptz) + interval '10 minutes',
                  coalesce(shifts.ends_at + interval '2 hours', patrol.started_at + interval '12 hours'))) AS until
    FROM patrol_sessions patrol
    LEFT JOIN shifts ON shifts.id = patrol.shift_id
   WHERE patrol.member_id = :member_id
     AND (CAST(:session_id AS uuid) IS NULL OR patrol.id = CAST(:session_id AS uuid))
     AND patrol.started_at <= (SELECT max(fixed_at) FROM sent)
     AND patrol.started_at >= (SELECT min(fixed_at) FROM sent WHERE refusal = '') - interval '36 hours'
), placed AS (
  SELECT sent.*, CASE WHEN NOT patrol.is_paused THEN patrol.id END AS session_id, patrol.is_over, patrol.is_paused
    FROM sent
    LEFT JOIN LATERAL (
      SELECT own.id, own.is_over,
             EXISTS (SELECT FROM session_pauses pause WHERE pause.session_id = own.id AND sent.fixed_at > pause.started_at
                        AND sent.fixed_at < coalesce(pause.ended_at, 'infinity')) AS is_paused
        FROM own
       WHERE sent.refusal = '' AND sent.fixed_at BETWEEN own.started_at AND own.until
       ORDER BY own.started_at DESC LIMIT 1
    ) AS patrol ON true
), kept AS (
  INSERT INTO position_fixes (session_id, fixed_at, accuracy_m, source, place, mark, speed_mps, bearing_deg, battery_pct, is_mocked, device_id)
  SELECT session_id, fixed_at, accuracy_m, :source, st_setsrid(st_point(lon, lat), 4326), mark, speed_mps, bearing_deg, battery_pct,
         is_mocked, CAST(:device_id AS bigint)
    FROM placed WHERE session_id IS NOT NULL
  ON CONFLICT DO NOTHING
  RETURNING session_id, fixed_at, mark
), refused AS (
  SELECT CASE WHEN refusal <> '' THEN refusal
              WHEN is_paused THEN 'paused'
              WHEN fixed_at < CAST(:begun_at AS timestamptz) THEN 'before_start'
              WHEN CAST(:begun_at AS timestamptz) IS NOT NULL THEN 'after_end'
              ELSE 'outside_patrol' END AS reason, count(*) AS positions
    FROM placed WHERE session_id IS NULL GROUP BY 1
), noted AS (
  INSERT INTO device_refusals (device_id, refused_on, reason, positions)
  SELECT CAST(:device_id AS bigint), (CAST(:now AS timestamptz) AT TIME ZONE 'UTC')::date, reason, positions
    FROM refused WHERE CAST(:device_id AS bigint) IS NOT NULL
  ON CONFLICT (device_id, refused_on, reason) DO UPDATE SET positions = device_refusals.positions + excluded.positions
), heard AS (
  UPDATE devices
     SET last_fixed_at = greatest(last_fixed_at, (SELECT max(fixed_at) FROM kept)),
         battery_pct = coalesce((SELECT battery_pct FROM sent WHERE battery_pct IS NOT NULL ORDER BY fixed_at DESC LIMIT 1), battery_pct),
         last_error = NULL, last_error_at = NULL
   WHERE id = CAST(:device_id AS bigint)
)
SELECT (SELECT count(*) FROM kept) AS added,
       (SELECT count(*) FROM placed WHERE session_id IS NOT NULL) AS placed,
       (SELECT coalesce(jsonb_object_agg(reason, positions), '{}') FROM refused) AS refused,
       (SELECT coalesce(jsonb_object_agg(mark, number), '{}') FROM (SELECT mark, count(*) AS number FROM kept GROUP BY mark) AS marks) AS marks,
       ARRAY(SELECT DISTINCT kept.session_id::text FROM kept JOIN own ON own.id = kept.session_id WHERE own.is_over) AS late
