-- Which shifts of an area are going on or coming?
SELECT shift.id, shift.name, shift.starts_at, shift.ends_at, shift.capacity, shift.status, shift.is_open_to_volunteers,
       shift.route_plan_id, plan.name AS route, plan.length_m, team.name AS team, divisions.name AS division,
       (SELECT count(*) FROM shift_members WHERE shift_id = shift.id) AS members,
       (SELECT count(*) FROM patrol_sessions WHERE shift_id = shift.id AND ended_at IS NULL) AS on_patrol
  FROM shifts shift
  JOIN divisions ON divisions.id = shift.division_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
  LEFT JOIN patrol_teams team ON team.id = shift.team_id
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[])) AND shift.ends_at > :since AND shift.status <> 'cancelled'
 ORDER BY shift.starts_at, shift.id LIMIT :limit
