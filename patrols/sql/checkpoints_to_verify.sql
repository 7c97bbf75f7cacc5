-- Which places does a plan pass, in order, and when did the member check in there?
SELECT point.seq, point.name, point.dwell_min, st_x(point.place) AS lon, st_y(point.place) AS lat,
       extract(epoch FROM visit.visited_at)::double precision AS checked_in_s
  FROM checkpoints point
  LEFT JOIN checkpoint_visits visit ON visit.checkpoint_id = point.id AND visit.session_id = CAST(:session_id AS uuid)
 WHERE point.route_plan_id = :plan_id ORDER BY point.seq
