-- Which patrol teams could go to this incident: those walking now first, then by the way from their station?
SELECT team.id, team.name, team.kind,
       ST_Distance(team.station::geography, incident.place::geography) AS away_m,
       walking.members AS on_patrol,
       (SELECT count(*) FROM incidents taken
         WHERE taken.team_id = team.id AND taken.status IN ('dispatched', 'handling')) AS open_work
  FROM incidents incident
 CROSS JOIN patrol_teams team
  JOIN divisions division ON division.id = team.division_id
 CROSS JOIN LATERAL (
   SELECT count(*) AS members
     FROM patrol_sessions session
     JOIN patrol_members member ON member.id = session.member_id
    WHERE member.team_id = team.id AND session.ended_at IS NULL) walking
 WHERE incident.id = :incident_id AND division.code LIKE ANY(:scope)
 ORDER BY (walking.members = 0), away_m NULLS LAST, team.code
 LIMIT :most
