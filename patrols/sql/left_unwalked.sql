-- What of its route has each of these patrols not walked yet, in metres and checkpoints (30 m beside it counts as there)?
SELECT patrol.id AS session_id, plan.name,
       st_length(st_difference(st_snaptogrid(plan.path, 1e-7), coalesce(track.near, st_geomfromtext('POLYGON EMPTY', 4326)))::geography) AS left_m,
       (SELECT count(*) FROM checkpoints point
         WHERE point.route_plan_id = plan.id AND NOT coalesce(st_intersects(point.place, track.near), false)) AS checkpoints_left
  FROM patrol_sessions patrol
  JOIN shifts shift ON shift.id = patrol.shift_id
  JOIN route_plans plan ON plan.id = shift.route_plan_id
 CROSS JOIN LATERAL (
   SELECT st_buffer(CASE WHEN count(*) > 1 THEN st_makeline(fix.place ORDER BY fix.fixed_at)
                         ELSE min(fix.place::text)::geometry END::geography, 30)::geometry AS near
     FROM position_fixes fix
    WHERE fix.session_id = patrol.id AND fix.mark = 'ok' AND fix.fixed_at >= patrol.started_at - interval '1 minute') track
 WHERE patrol.id = ANY(CAST(:session_ids AS uuid[]))
