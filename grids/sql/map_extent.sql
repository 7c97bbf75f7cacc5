-- Which box holds the divisions of this scope?
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
  FROM (
    SELECT ST_Extent(area) AS box
      FROM divisions
     WHERE validity @> CURRENT_DATE
       AND (CAST(:scope AS text[]) IS NULL OR code LIKE ANY(CAST(:scope AS text[])))
  ) AS extent
