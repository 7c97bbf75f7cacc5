-- Which streets of a cell were walked when last, and how often in the last days? Those nobody walked for long come first.
SELECT streets.id, coalesce(streets.name, '') AS name, streets.kind, max(parts.last_walked_at) AS last_walked_at,
       sum(parts.length_m)::double precision AS length_m,
       coalesce(sum(days.passes), 0)::integer AS passes, coalesce(sum(days.voluntary_passes), 0)::integer AS voluntary_passes
  FROM street_parts parts
  JOIN streets ON streets.id = parts.street_id
  LEFT JOIN LATERAL (
    SELECT sum(passes) AS passes, sum(voluntary_passes) AS voluntary_passes FROM street_part_days
     WHERE part_id = parts.id AND walked_on > CAST(:today AS date) - CAST(:days AS integer) AND walked_on <= CAST(:today AS date)
  ) AS days ON true
 WHERE parts.cell_code = :cell_code
 GROUP BY streets.id, streets.name, streets.kind
 ORDER BY last_walked_at NULLS FIRST, streets.id LIMIT 500
