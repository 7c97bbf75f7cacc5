-- How long was each member on patrol, pauses left out, by month of the operator's calendar?
SELECT member.id AS member_id, member.name, member.kind, team.name AS team,
       to_char(date_trunc('month', patrol.started_at AT TIME ZONE :zone), 'YYYY-MM') AS month, count(*) AS patrols,
       sum(extract(epoch FROM coalesce(patrol.ended_at, now()) - patrol.started_at) - coalesce(pauses.seconds, 0))::bigint AS seconds
  FROM patrol_sessions patrol
  JOIN patrol_members member ON member.id = patrol.member_id
  JOIN divisions ON divisions.id = member.division_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
  LEFT JOIN LATERAL (
    SELECT sum(extract(epoch FROM coalesce(pause.ended_at, patrol.ended_at, now()) - pause.started_at)) AS seconds
      FROM session_pauses pause WHERE pause.session_id = patrol.id) AS pauses ON true
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[]))
   AND (CAST(:member_id AS bigint) IS NULL OR member.id = CAST(:member_id AS bigint))
   AND (patrol.started_at AT TIME ZONE :zone)::date BETWEEN CAST(:begins_on AS date) AND CAST(:ends_on AS date)
 GROUP BY member.id, member.name, member.kind, team.name, month
 ORDER BY month DESC, team.name NULLS LAST, member.name, member.id
