-- What do the cameras see in this tile, among the buildings?
SELECT ST_AsMVT(tile, 'camera_views', 4096, 'shape')
  FROM (
    SELECT cameras.code, cameras.status,
           ST_AsMVTGeom(view_3857, ST_TileEnvelope(:z, :x, :y), 4096, 32) AS shape
      FROM camera_views
      JOIN cameras ON cameras.id = camera_views.camera_id
     WHERE camera_views.view_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0078)
       AND (CAST(:scope AS text[]) IS NULL OR coalesce(cameras.location_code, '') LIKE ANY(CAST(:scope AS text[])))
  ) AS tile
