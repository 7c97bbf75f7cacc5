-- Who is on patrol near this incident now: team, shift, where and when last seen, how loaded, walking since when?
SELECT team.id AS team_id, team.name, team.kind, team.skills,
       patrol.id AS session_id, patrol.started_at, coalesce(plan.mode, 'foot') AS mode, shift.ends_at, shift.route_plan_id,
       st_x(fix.place) AS lon, st_y(fix.place) AS lat, fix.fixed_at,
       (SELECT count(*) FROM incidents taken
         WHERE taken.team_id = team.id AND taken.status IN ('dispatched', 'handling') AND taken.id <> :incident_id
       ) AS open_work,
       EXISTS (SELECT FROM session_pauses pause WHERE pause.session_id = patrol.id AND pause.ended_at IS NULL) AS is_pausing
  FROM incidents incident
 CROSS JOIN patrol_sessions patrol
  JOIN patrol_members member ON member.id = patrol.member_id
  JOIN patrol_teams team ON team.id = member.team_id
  JOIN divisions division ON division.id = team.division_id
  LEFT JOIN shifts shift ON shift.id = patrol.shift_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
  LEFT JOIN LATERAL (
    SELECT place, fixed_at
      FROM position_fixes
     WHERE position_fixes.session_id = patrol.id AND mark IN ('ok', 'inaccurate')
       AND position_fixes.fixed_at BETWEEN :now - interval '24 hours' AND :now + interval '10 minutes'
     ORDER BY fixed_at DESC
     LIMIT 1) fix ON true
 WHERE incident.id = :incident_id AND patrol.ended_at IS NULL
   AND patrol.started_at > :now - interval '24 hours'
   AND division.code LIKE ANY(CAST(:scope AS text[]))
 ORDER BY fix.place <-> incident.place NULLS LAST
 LIMIT :most
