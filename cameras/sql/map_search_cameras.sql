-- Which cameras have a code that begins with this text, or a name that contains it?
SELECT code, name, kind, status, location_code, ST_X(place) AS lon, ST_Y(place) AS lat
  FROM cameras
 WHERE status <> 'removed'
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(location_code, '') LIKE ANY(CAST(:scope AS text[])))
   AND (starts_with(upper(code), upper(:words)) OR starts_with(gb_code, :words) OR position(lower(:words) IN lower(name)) > 0)
 ORDER BY starts_with(upper(code), upper(:words)) DESC, code
 LIMIT :most
