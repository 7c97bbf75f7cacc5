-- Which patrol plans are there for an area? The latest day first, its newest plan first.
SELECT study.id, study.name, study.plan_on, study.starts_at, study.hours, study.status, study.result, study.asked_at, study.parent_id,
       jsonb_array_length(study.teams) AS team_count, divisions.name AS division, divisions.name_en AS division_en,
       (SELECT count(*) FROM patrol_study_routes route WHERE route.study_id = study.id AND route.shift_id IS NOT NULL) AS published
  FROM patrol_studies study JOIN divisions ON divisions.id = study.division_id
 WHERE divisions.code LIKE ANY (CAST(:scope AS text[]))
 ORDER BY study.plan_on DESC, study.id DESC
 LIMIT :limit
