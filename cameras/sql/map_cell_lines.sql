-- Which cells are there, one line each: households, share of open ground watched (percent), lead worker, and where?
SELECT cells.code, cells.name, cells.kind, cells.households,
       CASE WHEN (CAST(:watched_in AS text[]) IS NULL OR cells.code LIKE ANY(CAST(:watched_in AS text[]))) THEN floor(100 * cell_coverages.watched_share)::integer END AS watched,
       lead.name AS lead,
       ST_XMin(cells.area) AS west, ST_YMin(cells.area) AS south, ST_XMax(cells.area) AS east, ST_YMax(cells.area) AS north,
       count(*) OVER () AS total
  FROM cells
  LEFT JOIN cell_coverages ON cell_coverages.cell_id = cells.id
  LEFT JOIN LATERAL (
    SELECT workers.name FROM cell_assignments JOIN workers ON workers.id = cell_assignments.worker_id
     WHERE cell_assignments.cell_id = cells.id AND duty = 'lead' AND period @> CURRENT_DATE
  ) AS lead ON true
 WHERE cells.validity @> CURRENT_DATE
   AND (CAST(:scope AS text[]) IS NULL OR cells.code LIKE ANY(CAST(:scope AS text[])))
   AND (:words = '' OR starts_with(cells.code, :words) OR position(lower(:words) IN lower(cells.name)) > 0
        OR position(lower(:words) IN lower(coalesce(lead.name, ''))) > 0)
