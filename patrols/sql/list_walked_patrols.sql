-- Which patrols did an area's members walk since then? Those that want a decision come first.
SELECT patrol.id, patrol.started_at, patrol.ended_at, member.name AS member, team.name AS team, shift.id AS shift_id, shift.name AS shift,
       plan.name AS route, verified.verdict, verified.decision, verified.appealed_at, verified.is_voluntary, verified.figures,
       coalesce(verified.verdict <> 'sound' AND verified.decision IS NULL, false) AS wants_decision
  FROM patrol_sessions patrol
  JOIN patrol_members member ON member.id = patrol.member_id
  JOIN divisions ON divisions.id = member.division_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
  LEFT JOIN shifts shift ON shift.id = patrol.shift_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
  LEFT JOIN patrol_verifications verified ON verified.session_id = patrol.id
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[])) AND patrol.started_at > CAST(:since AS timestamptz)
   AND (CAST(:shift_id AS bigint) IS NULL OR patrol.shift_id = CAST(:shift_id AS bigint))
 ORDER BY wants_decision DESC, patrol.started_at DESC, patrol.id LIMIT :limit
