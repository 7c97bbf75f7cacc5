-- Which members on patrol were heard of within the last seconds, and where are they now?
SELECT DISTINCT ON (patrol.id)
       patrol.id::text AS id, division.code AS division_code,
       round(st_x(fix.place)::numeric, 6)::float8 AS lon, round(st_y(fix.place)::numeric, 6)::float8 AS lat,
       fix.accuracy_m, fix.fixed_at, greatest(0, extract(epoch FROM now() - fix.fixed_at))::integer AS age_s
  FROM position_fixes fix
  JOIN patrol_sessions patrol ON patrol.id = fix.session_id AND patrol.ended_at IS NULL
  JOIN patrol_members member ON member.id = patrol.member_id
  JOIN divisions division ON division.id = member.division_id
 WHERE fix.mark IN ('ok', 'inaccurate') AND fix.received_at > now() - make_interval(secs => :look_back_s)
   AND fix.fixed_at > now() - interval '1 day' AND fix.fixed_at < now() + interval '10 minutes'
 ORDER BY patrol.id, fix.fixed_at DESC
