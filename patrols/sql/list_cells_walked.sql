-- When was each cell of an area walked last, and how often in the last days? Voluntary rounds are counted apart.
WITH lately AS (
  SELECT part_id, sum(passes) AS passes, sum(voluntary_passes) AS voluntary_passes
    FROM street_part_days WHERE walked_on > CAST(:today AS date) - CAST(:days AS integer) AND walked_on <= CAST(:today AS date)
   GROUP BY part_id
), walked AS (
  SELECT parts.cell_code, max(parts.last_walked_at) AS last_walked_at,
         coalesce(sum(lately.passes), 0) AS passes, coalesce(sum(lately.voluntary_passes), 0) AS voluntary_passes,
         coalesce(sum(parts.length_m) FILTER (WHERE lately.part_id IS NOT NULL), 0) AS walked_m
    FROM street_parts parts LEFT JOIN lately ON lately.part_id = parts.id
   WHERE parts.cell_code IS NOT NULL
   GROUP BY parts.cell_code
)
SELECT cells.code, cells.name, walked.last_walked_at, coalesce(walked.passes, 0)::integer AS passes,
       coalesce(walked.voluntary_passes, 0)::integer AS voluntary_passes, coalesce(walked.walked_m, 0)::double precision AS walked_m
  FROM cells LEFT JOIN walked ON walked.cell_code = cells.code
 WHERE cells.validity @> CURRENT_DATE AND cells.code LIKE ANY (CAST(:scope AS text[]))
 ORDER BY walked.last_walked_at NULLS FIRST, cells.code
