-- Which devices of an area's members are well, and which are silent although their member is on patrol?
SELECT device.id, device.name, device.kind, member.name AS member, team.name AS team, device.last_seen_at, device.last_fixed_at,
       device.battery_pct, device.last_error, device.last_error_at, device.expires_at,
       patrol.id IS NOT NULL AS is_on_patrol,
       patrol.id IS NOT NULL AND coalesce(device.last_seen_at < now() - interval '5 minutes', true) AS is_silent,
       (SELECT coalesce(sum(positions), 0) FROM device_refusals
         WHERE device_id = device.id AND refused_on > CURRENT_DATE - 7) AS refused
  FROM devices device
  JOIN patrol_members member ON member.id = device.member_id
  JOIN divisions ON divisions.id = member.division_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
  LEFT JOIN patrol_sessions patrol ON patrol.member_id = member.id AND patrol.ended_at IS NULL
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[]))
   AND device.revoked_at IS NULL AND device.expires_at > now()
 ORDER BY is_silent DESC, is_on_patrol DESC, device.last_error_at DESC NULLS LAST, device.last_seen_at DESC NULLS LAST, device.id
 LIMIT :limit
