-- Who is in a shift, how did they come, and are they out now?
SELECT member.id, member.name, member.kind, joined.joined_how, joined.joined_at, team.name AS team,
       st_x(member.home) AS lon, st_y(member.home) AS lat,
       EXISTS (SELECT 1 FROM patrol_sessions patrol
                WHERE patrol.member_id = member.id AND patrol.shift_id = joined.shift_id AND patrol.ended_at IS NULL) AS is_out
  FROM shift_members joined
  JOIN patrol_members member ON member.id = joined.member_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
 WHERE joined.shift_id = :shift_id ORDER BY member.name, member.id
