-- Whose token is this, and how often was it used this minute? Unknown, expired and revoked ones are nobody's.
UPDATE devices
   SET last_seen_at = CAST(:now AS timestamptz),
       minute_at = date_trunc('minute', CAST(:now AS timestamptz)),
       minute_requests = CASE WHEN minute_at = date_trunc('minute', CAST(:now AS timestamptz)) THEN minute_requests + 1 ELSE 1 END
  FROM patrol_members
 WHERE devices.token_hash = :token_hash AND devices.revoked_at IS NULL AND devices.expires_at > CAST(:now AS timestamptz)
   AND patrol_members.id = devices.member_id
   AND (patrol_members.left_on IS NULL OR patrol_members.left_on > CURRENT_DATE)
RETURNING devices.id, devices.member_id, devices.kind, devices.minute_requests
