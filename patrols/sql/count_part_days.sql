-- How often was each of these parts walked on these days? The counts are made anew from the patrols that are known.
WITH touched AS (
  SELECT DISTINCT part_id, walked_on FROM unnest(CAST(:part_id AS bigint[]), CAST(:walked_on AS date[])) AS touched (part_id, walked_on)
), counted AS (
  SELECT touched.part_id, touched.walked_on,
         coalesce(sum(walked.passes) FILTER (WHERE NOT walked.is_voluntary), 0) AS passes,
         coalesce(sum(walked.passes) FILTER (WHERE walked.is_voluntary), 0) AS voluntary_passes, max(walked.last_at) AS last_at
    FROM touched
    LEFT JOIN walked_parts walked ON walked.part_id = touched.part_id AND walked.walked_on = touched.walked_on AND walked.is_counted
   GROUP BY touched.part_id, touched.walked_on
), gone AS (
  DELETE FROM street_part_days days USING counted
   WHERE days.part_id = counted.part_id AND days.walked_on = counted.walked_on AND counted.last_at IS NULL
)
INSERT INTO street_part_days (part_id, walked_on, passes, voluntary_passes, last_at)
SELECT part_id, walked_on, passes, voluntary_passes, last_at FROM counted WHERE last_at IS NOT NULL
ON CONFLICT (part_id, walked_on) DO UPDATE
   SET passes = excluded.passes, voluntary_passes = excluded.voluntary_passes, last_at = excluded.last_at
