-- How many incidents of this kind, state and time happened in each 64-pixel square of this tile?
SELECT ST_AsMVT(tile, 'incident_counts', 4096, 'shape')
  FROM (
    SELECT count(*)::integer AS incidents,
           (count(*) FILTER (WHERE incidents.status NOT IN ('closed', 'void')))::integer AS open,
           (count(*) FILTER (WHERE incidents.status NOT IN ('closed', 'void') AND priority = 'urgent'))::integer AS urgent,
           ST_AsMVTGeom(
             ST_SetSRID(ST_Point(avg(ST_X(incidents.place_3857)), avg(ST_Y(incidents.place_3857))), 3857),
             ST_TileEnvelope(:z, :x, :y), 4096, 0
           ) AS shape
      FROM incidents
     WHERE incidents.place_3857 && ST_TileEnvelope(:z, :x, :y)
       AND coalesce(incidents.location_code, '') LIKE ANY(CAST(:scope AS text[]))
       AND incidents.status = ANY(:statuses)
       AND (NOT :only_overdue OR incidents.due_at < now())
       AND (CAST(:since AS timestamptz) IS NULL OR incidents.received_at >= :since)
       AND (CAST(:category_code AS text) IS NULL OR incidents.category_code = :category_code)
       AND (CAST(:group_code AS text) IS NULL OR (incidents.scheme, incidents.category_code) IN (
             SELECT scheme, code FROM incident_categories WHERE group_code = :group_code))
     GROUP BY floor(ST_X(incidents.place_3857) / (:pixel_m * 64)), floor(ST_Y(incidents.place_3857) / (:pixel_m * 64))
  ) AS tile
