-- How many incidents of this kind, state and time happened in each 64-pixel square of this tile?
SELECT ST_AsMVT(tile, 'incident_counts', 4096, 'shape')
  FROM (
    SELECT count(*)::integer AS incidents,
           (count(*) FILTER (WHERE is_open))::integer AS open,
           (count(*) FILTER (WHERE is_open AND priority = 'urgent'))::integer AS urgent,
           ST_AsMVTGeom(ST_SetSRID(ST_Point(avg(x), avg(y)), 3857), ST_TileEnvelope(:z, :x, :y), 4096, 0) AS shape
      FROM (
        SELECT ST_X(place_3857) AS x, ST_Y(place_3857) AS y, priority, status NOT IN ('closed', 'void') AS is_open
          FROM incidents
         WHERE place_3857 && ST_TileEnvelope(:z, :x, :y)
           AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY(CAST(:scope AS text[])))
           AND status = ANY(:statuses)
           AND (NOT :only_overdue OR due_at < now())
           AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since)
           AND (CAST(:category_code AS text) IS NULL OR category_code = :category_code)
           AND (CAST(:group_code AS text) IS NULL OR (scheme, category_code) IN (
                 SELECT scheme, code FROM incident_categories WHERE group_code = :group_code))
        OFFSET 0 -- taken apart once: each coordinate is used twice above
      ) AS point
     GROUP BY floor(x / (:pixel_m * 64)), floor(y / (:pixel_m * 64))
  ) AS tile
