-- Which places does a plan pass, in order?
SELECT seq, name, dwell_min, st_x(place) AS lon, st_y(place) AS lat FROM checkpoints WHERE route_plan_id = :plan_id ORDER BY seq
