-- Which box holds the streets, when there are no divisions yet?
SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
  FROM (SELECT ST_Extent(path) AS box FROM streets) AS extent
