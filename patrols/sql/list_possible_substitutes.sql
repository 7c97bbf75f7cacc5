-- Who could stand in for a member: of the own team first, free at that time, not in the shift?
SELECT other.id, other.name, team.name AS team
  FROM patrol_members other
  LEFT JOIN patrol_teams team ON team.id = other.team_id
 WHERE other.id <> :member_id AND other.kind = :kind AND (other.left_on IS NULL OR other.left_on > CURRENT_DATE)
   AND (other.team_id = CAST(:team_id AS bigint) OR other.division_id = :division_id)
   AND NOT EXISTS (SELECT 1 FROM shift_members busy WHERE busy.member_id = other.id
                    AND busy.period && tstzrange(CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz)))
 ORDER BY other.team_id IS NOT DISTINCT FROM CAST(:team_id AS bigint) DESC, other.name, other.id LIMIT 60
