-- Which devices does a member send positions with, what was last heard of each, and what was refused this week?
SELECT device.id, device.name, device.kind, device.made_at, device.expires_at, device.last_seen_at, device.last_fixed_at,
       device.battery_pct, device.last_error, device.last_error_at,
       (SELECT coalesce(jsonb_object_agg(reason, positions), '{}')
          FROM (SELECT reason, sum(positions) AS positions FROM device_refusals
                 WHERE device_id = device.id AND refused_on > CURRENT_DATE - 7 GROUP BY reason) AS week) AS refused
  FROM devices device
 WHERE device.member_id = :member_id AND device.revoked_at IS NULL AND device.expires_at > now()
 ORDER BY device.made_at DESC, device.id DESC
