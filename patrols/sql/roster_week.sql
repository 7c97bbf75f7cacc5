-- Which shifts of an area begin in these days, who is in each, and who of them is out?
SELECT shift.id, shift.name, shift.starts_at, shift.ends_at, shift.capacity, shift.is_open_to_volunteers,
       shift.frequency_min, shift.tolerance_min, shift.team_id, team.name AS team, team.code AS team_code,
       shift.route_plan_id, plan.name AS route,
       (SELECT count(*) FROM patrol_sessions WHERE shift_id = shift.id) AS walked,
       (SELECT count(*) FROM shift_substitutions WHERE shift_id = shift.id AND status = 'asked') AS asked,
       (SELECT coalesce(json_agg(json_build_object('id', member.id, 'name', member.name) ORDER BY member.name), '[]')
          FROM shift_members inside JOIN patrol_members member ON member.id = inside.member_id
         WHERE inside.shift_id = shift.id) AS people
  FROM shifts shift
  JOIN divisions ON divisions.id = shift.division_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
  LEFT JOIN patrol_teams team ON team.id = shift.team_id
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[])) AND shift.status <> 'cancelled'
   AND shift.starts_at >= :begins_at AND shift.starts_at < :ends_at
 ORDER BY team.code NULLS LAST, shift.starts_at, shift.id LIMIT 2000
