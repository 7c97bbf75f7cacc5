-- Which buildings stand in this tile, leaving out what would be smaller than two pixels?
SELECT ST_AsMVT(tile, 'buildings', 4096, 'shape')
  FROM (
    SELECT CASE WHEN :z >= 16 THEN name END AS name,
           ST_AsMVTGeom(area_3857, ST_TileEnvelope(:z, :x, :y), 4096, 32) AS shape
      FROM buildings
     WHERE area_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0078)
       AND greatest(ST_XMax(area_3857) - ST_XMin(area_3857), ST_YMax(area_3857) - ST_YMin(area_3857)) > :pixel_m * 2
  ) AS tile
