-- On which finished run does the stored coverage stand: its frame and what it was asked?
SELECT id, frame_lon, frame_lat, parameters FROM coverage_runs
 WHERE status = 'done' AND frame_lon IS NOT NULL
 ORDER BY finished_at DESC, id DESC LIMIT 1
