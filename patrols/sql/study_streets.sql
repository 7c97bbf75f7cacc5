-- Which streets does a plan walk, and which must it not? Named ones first, the longest first.
SELECT streets.id, coalesce(streets.name, '') AS name, streets.length_m
  FROM streets
 WHERE streets.id = ANY (CAST(:forbidden AS bigint[]))
    OR streets.id IN (SELECT unnest(street_ids) FROM patrol_study_routes WHERE study_id = :study_id)
 ORDER BY streets.name IS NULL, streets.length_m DESC
 LIMIT 400
