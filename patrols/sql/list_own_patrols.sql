-- Which patrols has a member walked, how long and how far?
SELECT patrol.id, patrol.started_at, patrol.ended_at, shift.name AS shift, plan.name AS route,
       extract(epoch FROM coalesce(patrol.ended_at, now()) - patrol.started_at) AS seconds,
       coalesce((verified.figures->>'walked_m')::double precision,
                (SELECT st_length(st_makeline(place ORDER BY fixed_at)::geography) FROM position_fixes
                  WHERE session_id = patrol.id AND mark = 'ok')) AS walked_m,
       verified.verdict, verified.decision
  FROM patrol_sessions patrol
  LEFT JOIN patrol_verifications verified ON verified.session_id = patrol.id
  LEFT JOIN shifts shift ON shift.id = patrol.shift_id
  LEFT JOIN route_plans plan ON plan.id = shift.route_plan_id
 WHERE patrol.member_id = :member_id ORDER BY patrol.started_at DESC LIMIT :limit
