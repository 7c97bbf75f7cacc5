-- Which water, wood and fields lie in this tile, leaving out what would be only a few pixels?
SELECT ST_AsMVT(tile, 'land_covers', 4096, 'shape')
  FROM (
    SELECT kind,
           CASE WHEN :z >= 12 AND kind IN ('water', 'wood') THEN name END AS name,
           ST_AsMVTGeom(ST_Simplify(area_3857, :pixel_m / 2, true), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
      FROM land_covers
     WHERE area_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
       AND greatest(ST_XMax(area_3857) - ST_XMin(area_3857), ST_YMax(area_3857) - ST_YMin(area_3857)) > :pixel_m * (CASE WHEN :z < 12 THEN 4 ELSE 2 END)
     ORDER BY ST_XMax(area_3857) - ST_XMin(area_3857) DESC
  ) AS tile
