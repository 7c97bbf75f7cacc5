-- Where has this patrol been so far?
SELECT count(*) AS fixes, max(fixed_at) AS last_fixed_at,
       CASE WHEN count(*) > 1 THEN st_asgeojson(st_makeline(place ORDER BY fixed_at), 6) END AS line
  FROM position_fixes WHERE session_id = :session_id AND mark = 'ok'
