-- Where was each member who is on patrol now seen last, how long ago, and why not since?
SELECT patrol_sessions.id::text AS id, patrol_members.name, patrol_members.kind, patrol_teams.name AS team,
       ST_X(fix.place) AS lon, ST_Y(fix.place) AS lat, fix.accuracy_m,
       greatest(0, extract(epoch FROM now() - fix.fixed_at))::integer AS age_s,
       CASE WHEN EXISTS (SELECT FROM session_pauses pause
                          WHERE pause.session_id = patrol_sessions.id AND pause.ended_at IS NULL) THEN 'paused'
            WHEN fix.fixed_at > now() - interval '2 minutes' THEN NULL
            WHEN fix.battery_pct <= 10 THEN 'battery'
            WHEN EXISTS (SELECT FROM devices
                          WHERE devices.member_id = patrol_members.id AND devices.revoked_at IS NULL
                            AND devices.last_error_at > fix.fixed_at) THEN 'device'
            WHEN fix.mark = 'inaccurate' THEN 'indoors'
            ELSE 'network' END AS silent
  FROM patrol_sessions
  JOIN patrol_members ON patrol_members.id = patrol_sessions.member_id
  JOIN divisions ON divisions.id = patrol_members.division_id
  LEFT JOIN patrol_teams ON patrol_teams.id = patrol_members.team_id
  JOIN LATERAL (
    SELECT place, accuracy_m, fixed_at, battery_pct, mark
      FROM position_fixes
     WHERE position_fixes.session_id = patrol_sessions.id AND mark IN ('ok', 'inaccurate')
       AND fixed_at > now() - interval '24 hours' AND fixed_at < now() + interval '15 minutes'
     ORDER BY fixed_at DESC
     LIMIT 1
  ) AS fix ON true
 WHERE patrol_sessions.ended_at IS NULL
   AND patrol_sessions.started_at > now() - interval '24 hours'
   AND (CAST(:scope AS text[]) IS NULL OR divisions.code LIKE ANY(CAST(:scope AS text[])))
