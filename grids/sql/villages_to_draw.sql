-- Which villages under a code are there, and how many cells has each today?
SELECT village.id, village.code, village.name, st_asbinary(village.area) AS area,
       (SELECT count(*) FROM cells WHERE cells.village_code = village.code AND cells.valid_to IS NULL) AS cells
  FROM divisions village
 WHERE village.level = 'village' AND village.validity @> CURRENT_DATE AND village.code LIKE :codes
 ORDER BY village.code
