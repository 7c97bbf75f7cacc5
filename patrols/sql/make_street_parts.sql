-- Which of these parts of streets are new? They are made, each with the cell its middle lies in.
INSERT INTO street_parts (street_id, from_m, to_m, length_m, path, cell_code)
SELECT told.street_id, told.from_m, told.to_m, told.length_m, st_setsrid(CAST(told.path AS geometry), 4326),
       (SELECT cells.code FROM cells
         WHERE cells.area && st_lineinterpolatepoint(st_setsrid(CAST(told.path AS geometry), 4326), 0.5)
           AND st_covers(cells.area, st_lineinterpolatepoint(st_setsrid(CAST(told.path AS geometry), 4326), 0.5))
           AND cells.validity @> CURRENT_DATE
         ORDER BY cells.code LIMIT 1)
  FROM unnest(CAST(:street_id AS bigint[]), CAST(:from_m AS integer[]), CAST(:to_m AS integer[]), CAST(:length_m AS real[]), CAST(:path AS text[]))
       AS told (street_id, from_m, to_m, length_m, path)
 WHERE NOT EXISTS (SELECT FROM street_parts known
                    WHERE known.street_id = told.street_id AND known.from_m = told.from_m AND known.to_m = told.to_m)
   AND EXISTS (SELECT FROM streets WHERE streets.id = told.street_id)
ON CONFLICT DO NOTHING
