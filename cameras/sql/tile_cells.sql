-- Which grid cells lie in this tile, how much of each one's open ground is watched (percent; at the quality :tier when one is named), and has it a lead worker today?
WITH near AS MATERIALIZED (
  SELECT cells.code, cells.kind, cells.name, cells.area_3857,
         CASE WHEN (CAST(:watched_in AS text[]) IS NULL OR cells.code LIKE ANY(CAST(:watched_in AS text[]))) THEN
           floor(100 * CASE :tier WHEN '' THEN cell_coverages.watched_share
             ELSE least(1, coverage_tiers.watched_area_m2 / nullif(cell_coverages.open_area_m2, 0)) END)::integer END AS watched,
         EXISTS (
           SELECT FROM cell_assignments
            WHERE cell_assignments.cell_id = cells.id AND duty = 'lead' AND period @> CURRENT_DATE
         ) AS has_lead
    FROM cells
    LEFT JOIN cell_coverages ON cell_coverages.cell_id = cells.id
    LEFT JOIN coverage_tiers ON coverage_tiers.cell_id = cells.id AND coverage_tiers.tier = :tier
   WHERE cells.area_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
     AND cells.validity @> CURRENT_DATE
     AND (CAST(:scope AS text[]) IS NULL OR cells.code LIKE ANY(CAST(:scope AS text[])))
)
SELECT (
  SELECT coalesce(ST_AsMVT(tile, 'cells', 4096, 'shape'), '')
    FROM (
      SELECT code, kind, watched, has_lead,
             ST_AsMVTGeom(ST_Simplify(area_3857, :pixel_m / 4, true), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
        FROM near
    ) AS tile
) || (
  SELECT coalesce(ST_AsMVT(tile, 'cell_names', 4096, 'shape'), '')
    FROM (
      SELECT code, name,
             ST_AsMVTGeom(ST_PointOnSurface(area_3857), ST_TileEnvelope(:z, :x, :y), 4096, 0) AS shape
        FROM near
       WHERE :z >= 13
    ) AS tile
)
