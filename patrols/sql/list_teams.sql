-- Which teams does an area have?
SELECT team.id, team.code, team.name, team.kind, team.skills, st_x(team.station) AS lon, st_y(team.station) AS lat,
       divisions.name AS division, divisions.name_en AS division_en,
       (SELECT count(*) FROM patrol_members member
         WHERE member.team_id = team.id AND (member.left_on IS NULL OR member.left_on > CURRENT_DATE)) AS members
  FROM patrol_teams team JOIN divisions ON divisions.id = team.division_id
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[]))
 ORDER BY team.kind, team.code
