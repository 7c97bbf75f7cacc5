-- In which of today's cells, or else divisions, does a building stand?
SELECT coalesce(
  (SELECT code FROM cells WHERE area && middle AND st_covers(area, middle) AND validity @> CURRENT_DATE
    ORDER BY code LIMIT 1),
  (SELECT code FROM divisions WHERE area && middle AND st_covers(area, middle) AND validity @> CURRENT_DATE
    ORDER BY length(code) DESC, code LIMIT 1))
  FROM (SELECT st_pointonsurface(area) AS middle FROM buildings WHERE id = :id) AS building
