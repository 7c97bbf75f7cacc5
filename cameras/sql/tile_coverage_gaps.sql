-- Which open ground by a street in this tile does no camera see?
SELECT ST_AsMVT(tile, 'coverage_gaps', 4096, 'shape', 'id')
  FROM (
    SELECT id, round(street_m)::integer AS street_m,
           ST_AsMVTGeom(ST_Simplify(area_3857, :pixel_m / 2, true), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
      FROM coverage_gaps
     WHERE area_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
       AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY(CAST(:scope AS text[])))
       AND greatest(ST_XMax(area_3857) - ST_XMin(area_3857), ST_YMax(area_3857) - ST_YMin(area_3857)) > :pixel_m * 3
  ) AS tile
