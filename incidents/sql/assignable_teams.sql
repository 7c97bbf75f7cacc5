-- Which patrol teams could go to this incident: those walking now first, then by the way from their station?
SELECT team.id, team.name, team.kind,
       ST_Distance(team.station::geography, incident.place::geography) AS away_m,
       (SELECT count(*) FROM patrol_sessions walk
          JOIN patrol_members member ON member.id = walk.member_id
         WHERE member.team_id = team.id AND walk.ended_at IS NULL) AS on_patrol,
       (SELECT count(*) FROM incidents taken
         WHERE taken.team_id = team.id AND taken.status IN ('dispatched', 'handling')) AS open_work
  FROM incidents incident, patrol_teams team
  JOIN divisions division ON division.id = team.division_id
 WHERE incident.id = :incident_id AND division.code LIKE ANY(:scope)
 ORDER BY on_patrol = 0, away_m NULLS LAST, team.code
 LIMIT :most
