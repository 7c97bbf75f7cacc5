-- Who of an area calls for help, where, since when, and who takes care of it? Without a place of its own, the last one of the patrol.
SELECT alert.id, alert.raised_at, alert.received_at, alert.answered_at, alert.closed_at, alert.note, alert.session_id,
       member.name, team.name AS team, shift.id AS shift_id, shift.name AS shift,
       answering.name AS answered_by, closing.name AS closed_by,
       coalesce(alert.accuracy_m, last.accuracy_m) AS accuracy_m,
       st_x(coalesce(alert.place, last.place)) AS lon, st_y(coalesce(alert.place, last.place)) AS lat,
       (SELECT cell.name FROM cells cell WHERE cell.validity @> CURRENT_DATE AND cell.area && coalesce(alert.place, last.place)
           AND st_covers(cell.area, coalesce(alert.place, last.place)) ORDER BY cell.code LIMIT 1) AS cell
  FROM patrol_alerts alert
  JOIN divisions ON divisions.id = alert.division_id
  JOIN patrol_members member ON member.id = alert.member_id
  JOIN patrol_sessions patrol ON patrol.id = alert.session_id
  LEFT JOIN patrol_teams team ON team.id = member.team_id
  LEFT JOIN shifts shift ON shift.id = patrol.shift_id
  LEFT JOIN users answering ON answering.id = alert.answered_by
  LEFT JOIN users closing ON closing.id = alert.closed_by
  LEFT JOIN LATERAL (SELECT place, accuracy_m FROM position_fixes WHERE session_id = alert.session_id
                       AND fixed_at > now() - interval '24 hours'
                      ORDER BY fixed_at DESC LIMIT 1) AS last ON alert.place IS NULL
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[]))
   AND (CAST(:alert_id AS uuid) IS NULL OR alert.id = CAST(:alert_id AS uuid))
   AND (alert.closed_at IS NULL OR CAST(:alert_id AS uuid) IS NOT NULL
        OR (NOT :only_open AND alert.raised_at > now() - interval '30 days'))
 ORDER BY alert.closed_at IS NULL DESC, alert.raised_at DESC LIMIT :limit
