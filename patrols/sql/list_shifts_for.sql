-- Which shifts is a member in, or may join? Those of the own team, and those open to volunteers in the own division, above or below it.
SELECT shift.id, shift.name, shift.starts_at, shift.ends_at, shift.capacity, shift.route_plan_id, plan.name AS route,
       plan.length_m, plan.walk_s, team.name AS team, divisions.name AS division,
       (SELECT count(*) FROM shift_members WHERE shift_id = shift.id) AS members,
       EXISTS (SELECT 1 FROM shift_members WHERE shift_id = shift.id AND member_id = :member_id) AS is_in
  FROM shifts shift
  JOIN divisions ON divisions.id = shift.division_id
  JOIN divisions own ON own.id = :division_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
  LEFT JOIN patrol_teams team ON team.id = shift.team_id
 WHERE shift.ends_at > :now AND shift.starts_at < CAST(:now AS timestamptz) + interval '14 days' AND shift.status = 'published'
   AND (EXISTS (SELECT 1 FROM shift_members WHERE shift_id = shift.id AND member_id = :member_id)
        OR shift.team_id = CAST(:team_id AS bigint)
        OR (:is_volunteer AND shift.is_open_to_volunteers
            AND (divisions.code LIKE own.code || '%' OR own.code LIKE divisions.code || '%')))
 ORDER BY is_in DESC, shift.starts_at, shift.id LIMIT 50
