-- How many cameras stand in each 32-pixel square of this tile, and how many of them do not work?
SELECT ST_AsMVT(tile, 'camera_counts', 4096, 'shape')
  FROM (
    SELECT count(*)::integer AS cameras,
           (count(*) FILTER (WHERE status IN ('offline', 'fault')))::integer AS faulty,
           ST_AsMVTGeom(
             ST_SetSRID(ST_Point(avg(ST_X(place_3857)), avg(ST_Y(place_3857))), 3857),
             ST_TileEnvelope(:z, :x, :y), 4096, 256
           ) AS shape
      FROM cameras
     WHERE place_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0625)
       AND status NOT IN ('removed', 'planned')
       AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY(CAST(:scope AS text[])))
     GROUP BY floor(ST_X(place_3857) / (:pixel_m * 32)), floor(ST_Y(place_3857) / (:pixel_m * 32))
  ) AS tile
