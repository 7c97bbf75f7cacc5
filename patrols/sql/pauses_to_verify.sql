-- When did the member pause in this patrol?
SELECT extract(epoch FROM started_at)::double precision AS from_s,
       coalesce(extract(epoch FROM ended_at)::double precision, :until_s) AS to_s
  FROM session_pauses WHERE session_id = CAST(:session_id AS uuid) ORDER BY started_at
