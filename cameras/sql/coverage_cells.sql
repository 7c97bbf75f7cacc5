-- Which cells of an area are valid today, in the order of their codes?
SELECT id, code, st_asbinary(area) AS shape FROM cells
 WHERE validity @> CURRENT_DATE AND code LIKE :area_code || '%' ORDER BY code
