-- What happened to this camera, newest first, and who did it?
SELECT events.kind, events.payload, events.recorded_at, users.name AS actor
  FROM events LEFT JOIN users ON users.id = events.actor_id
 WHERE events.subject = :subject
 ORDER BY events.id DESC LIMIT :limit
