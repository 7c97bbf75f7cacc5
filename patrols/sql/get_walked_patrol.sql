-- Who walked this patrol, when, and on which route? For those of the area, or for the member.
SELECT patrol.id, patrol.started_at, patrol.ended_at, member.id AS member_id, member.name AS member, member.user_id, team.name AS team,
       shift.id AS shift_id, shift.name AS shift, plan.id AS plan_id, plan.name AS route, st_asgeojson(plan.path, 6) AS path
  FROM patrol_sessions patrol
  JOIN patrol_members member ON member.id = patrol.member_id
  JOIN divisions ON divisions.id = member.division_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
  LEFT JOIN shifts shift ON shift.id = patrol.shift_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
 WHERE patrol.id = CAST(:session_id AS uuid)
   AND (divisions.code LIKE ANY (CAST(:scope AS text[])) OR member.id = CAST(:member_id AS bigint))
