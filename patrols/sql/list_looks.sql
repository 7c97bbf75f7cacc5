-- Who looked at where this patrol walked, on which days?
SELECT users.name, users.username, max(events.recorded_at) AS at, count(*) AS times
  FROM events JOIN users ON users.id = events.actor_id
 WHERE events.kind = 'track_seen' AND events.subject = :subject
 GROUP BY users.id, users.name, users.username, (events.recorded_at AT TIME ZONE 'UTC')::date
 ORDER BY at DESC LIMIT 50
