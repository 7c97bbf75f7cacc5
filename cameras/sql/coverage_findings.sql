-- What should be looked at in the data of an area, the cameras with their codes?
SELECT finding.id, finding.kind, finding.sentence, finding.facts, finding.found_at, finding.location_code,
       camera.id AS camera_id, camera.code, camera.name, finding.building_id,
       st_x(camera.place) AS lon, st_y(camera.place) AS lat
  FROM coverage_findings finding LEFT JOIN cameras camera ON camera.id = finding.camera_id
 WHERE coalesce(finding.location_code, '') LIKE ANY (CAST(:scope AS text[]))
   AND (CAST(:kind AS text) IS NULL OR finding.kind = :kind)
 ORDER BY finding.kind, camera.code, finding.building_id LIMIT :limit
