-- Which positions does a patrol have, in order of time?
SELECT extract(epoch FROM fixed_at)::double precision AS at_s, st_x(place) AS lon, st_y(place) AS lat, accuracy_m, mark, is_mocked, is_coarse, battery_pct
  FROM position_fixes WHERE session_id = CAST(:session_id AS uuid) ORDER BY fixed_at
