-- Which route plans does an area have, and how many shifts will still walk each?
SELECT plan.id, plan.name, plan.method, plan.status, plan.mode, plan.length_m, plan.walk_s, plan.made_at,
       divisions.name AS division, divisions.name_en AS division_en, divisions.code AS division_code,
       (SELECT count(*) FROM checkpoints WHERE route_plan_id = plan.id) AS checkpoints,
       (SELECT count(*) FROM shifts WHERE route_plan_id = plan.id AND ends_at > now() AND status = 'published') AS coming_shifts
  FROM route_plans plan JOIN divisions ON divisions.id = plan.division_id
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[])) AND plan.status = 'published'
 ORDER BY plan.made_at DESC, plan.id DESC LIMIT :limit
