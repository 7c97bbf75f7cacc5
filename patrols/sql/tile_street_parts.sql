-- Which parts of streets run through this tile, and how many days ago was each walked last?
SELECT coalesce(ST_AsMVT(tile, 'street_parts', 4096, 'shape', 'id'), '')
  FROM (
    SELECT street_parts.id,
           CASE WHEN last_walked_at IS NULL THEN -1
                ELSE greatest(0, CURRENT_DATE - (last_walked_at AT TIME ZONE 'UTC')::date) END AS days,
           ST_AsMVTGeom(ST_Simplify(path_3857, :pixel_m / 2), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
      FROM street_parts
     WHERE path_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
       AND (CAST(:scope AS text[]) IS NULL OR cell_code LIKE ANY(CAST(:scope AS text[])))
  ) AS tile
