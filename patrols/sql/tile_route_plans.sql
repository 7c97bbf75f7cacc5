-- Which patrol routes run through this tile, and which checkpoints lie on them?
WITH near AS MATERIALIZED (
  SELECT route_plans.id, route_plans.name, route_plans.status, route_plans.path_3857
    FROM route_plans
    JOIN divisions ON divisions.id = route_plans.division_id
   WHERE route_plans.path_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
     AND route_plans.status = 'published'
     AND (CAST(:scope AS text[]) IS NULL OR divisions.code LIKE ANY(CAST(:scope AS text[])))
)
SELECT (
  SELECT coalesce(ST_AsMVT(tile, 'route_plans', 4096, 'shape', 'id'), '')
    FROM (
      SELECT id, name, status,
             ST_AsMVTGeom(ST_Simplify(path_3857, :pixel_m / 2), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
        FROM near
    ) AS tile
) || (
  SELECT coalesce(ST_AsMVT(tile, 'checkpoints', 4096, 'shape'), '')
    FROM (
      SELECT checkpoints.seq, checkpoints.name,
             ST_AsMVTGeom(ST_Transform(checkpoints.place, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 128) AS shape
        FROM near
        JOIN checkpoints ON checkpoints.route_plan_id = near.id
       WHERE :z >= 14
    ) AS tile
)
