-- Which incidents have a number that begins with this text, the newest first?
SELECT incidents.number, incidents.status, category.name_zh, category.name_en, ST_X(incidents.place) AS lon, ST_Y(incidents.place) AS lat
  FROM incidents
  JOIN incident_categories AS category ON category.scheme = incidents.scheme AND category.code = incidents.category_code
 WHERE incidents.number >= :words AND incidents.number < :words || '~'
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(incidents.location_code, '') LIKE ANY(CAST(:scope AS text[])))
 ORDER BY incidents.number DESC
 LIMIT :most
