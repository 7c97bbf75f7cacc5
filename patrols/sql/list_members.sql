-- Who could walk? Nearest home to the route first; who is in another shift in that time is marked.
SELECT member.id, member.name, member.kind, team.name AS team, st_x(member.home) AS lon, st_y(member.home) AS lat,
       round(st_distance(member.home::geography, plan.path::geography)) AS away_m,
       EXISTS (SELECT 1 FROM shift_members busy WHERE busy.member_id = member.id
                AND busy.period && tstzrange(CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz))
                AND CAST(:starts_at AS timestamptz) IS NOT NULL AND busy.shift_id IS DISTINCT FROM CAST(:shift_id AS bigint)) AS is_busy,
       EXISTS (SELECT 1 FROM shift_members own WHERE own.member_id = member.id
                AND own.shift_id = CAST(:shift_id AS bigint)) AS is_in_shift
  FROM patrol_members member
  JOIN divisions ON divisions.id = member.division_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
  LEFT JOIN route_plans plan ON plan.id = CAST(:plan_id AS bigint)
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[]))
   AND (member.left_on IS NULL OR member.left_on > CURRENT_DATE)
   AND (:search = '' OR strpos(lower(member.name), lower(:search)) > 0 OR strpos(lower(coalesce(team.name, '')), lower(:search)) > 0)
 ORDER BY is_in_shift DESC, is_busy, away_m NULLS LAST, member.name, member.id LIMIT :limit
