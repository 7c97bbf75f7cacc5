-- Which incidents of this kind, state and time happened in this tile?
SELECT ST_AsMVT(tile, 'incidents', 4096, 'shape')
  FROM (
    SELECT incidents.number, incidents.priority, incidents.category_code,
           incidents.status NOT IN ('closed', 'void') AS is_open,
           extract(epoch FROM incidents.due_at)::integer AS due_s,
           ST_AsMVTGeom(incidents.place_3857, ST_TileEnvelope(:z, :x, :y), 4096, 128) AS shape
      FROM incidents
      JOIN incident_categories AS category
        ON category.scheme = incidents.scheme AND category.code = incidents.category_code
     WHERE incidents.place_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0313)
       AND (CAST(:scope AS text[]) IS NULL OR coalesce(incidents.location_code, '') LIKE ANY(CAST(:scope AS text[])))
       AND incidents.status = ANY(:statuses)
       AND (NOT :only_overdue OR incidents.due_at < now())
       AND (CAST(:since AS timestamptz) IS NULL OR incidents.received_at >= :since)
       AND (CAST(:category_code AS text) IS NULL OR incidents.category_code = :category_code)
       AND (CAST(:group_code AS text) IS NULL OR category.group_code = :group_code)
     ORDER BY incidents.received_at
  ) AS tile
