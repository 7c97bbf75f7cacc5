-- Which cameras stand in this tile, and where does each one look?
SELECT ST_AsMVT(tile, 'cameras', 4096, 'shape')
  FROM (
    SELECT code, kind, status, round(bearing_deg)::integer AS bearing_deg, round(hfov_deg)::integer AS hfov_deg,
           ST_AsMVTGeom(place_3857, ST_TileEnvelope(:z, :x, :y), 4096, 256) AS shape
      FROM cameras
     WHERE place_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0625)
       AND status <> 'removed'
       AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY(CAST(:scope AS text[])))
  ) AS tile
