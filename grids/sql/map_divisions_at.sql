-- Which divisions of this scope lie under this point, the smallest first?
SELECT code, level, name, name_en, area_m2
  FROM divisions
 WHERE area && ST_SetSRID(ST_Point(:lon, :lat), 4326)
   AND ST_Intersects(area, ST_SetSRID(ST_Point(:lon, :lat), 4326))
   AND validity @> CURRENT_DATE
   AND (CAST(:scope AS text[]) IS NULL OR code LIKE ANY(CAST(:scope AS text[])))
 ORDER BY length(code) DESC
