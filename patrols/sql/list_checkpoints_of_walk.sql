-- Which checkpoints has a route, in order, and when was each visited in this patrol?
SELECT point.id, point.seq, point.name, point.dwell_min, point.is_mandatory, point.code,
       st_x(point.place) AS lon, st_y(point.place) AS lat, visit.visited_at, visit.how, visit.distance_m
  FROM checkpoints point
  LEFT JOIN checkpoint_visits visit ON visit.checkpoint_id = point.id AND visit.session_id = CAST(:session_id AS uuid)
 WHERE point.route_plan_id = :plan_id ORDER BY point.seq
