-- Which counties, townships and villages lie in this tile, and where does each one's name stand?
WITH near AS MATERIALIZED (
  SELECT code, level, name, name_en, area_3857
    FROM divisions
   WHERE area_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
     AND validity @> CURRENT_DATE
     AND (CAST(:scope AS text[]) IS NULL OR code LIKE ANY(CAST(:scope AS text[])))
     AND (:z >= 11 OR level <> 'village')
)
SELECT (
  SELECT coalesce(ST_AsMVT(tile, 'divisions', 4096, 'shape'), '')
    FROM (
      SELECT code, level,
             ST_AsMVTGeom(ST_Simplify(area_3857, :pixel_m / 2, true), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
        FROM near
       ORDER BY length(code) DESC
    ) AS tile
) || (
  SELECT coalesce(ST_AsMVT(tile, 'division_names', 4096, 'shape'), '')
    FROM (
      SELECT code, level, name, name_en,
             ST_AsMVTGeom(ST_PointOnSurface(area_3857), ST_TileEnvelope(:z, :x, :y), 4096, 0) AS shape
        FROM near
    ) AS tile
)
