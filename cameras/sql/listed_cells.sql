-- Which cells of an area are there with their coverage, in the asked order, a page of them?
SELECT cell.id, cell.code, cell.name, village.name AS village, village.name_en AS village_en,
       coverage.open_area_m2, coverage.watched_share,
       CASE WHEN coverage.open_area_m2 > 0 THEN least(1, coverage.watched_twice_area_m2 / coverage.open_area_m2) END AS twice_share,
       CASE WHEN coverage.open_area_m2 > 0 THEN least(1, coverage.watched_thrice_area_m2 / coverage.open_area_m2) END AS thrice_share,
       coverage.street_m, coverage.unwatched_street_m, coverage.camera_count,
       coverage.incident_weight - coverage.watched_incident_weight AS unseen_incidents,
       st_xmin(cell.area) AS west, st_ymin(cell.area) AS south, st_xmax(cell.area) AS east, st_ymax(cell.area) AS north,
       count(*) OVER () AS total
  FROM cells cell
  JOIN divisions village ON village.id = cell.village_id
  LEFT JOIN cell_coverages coverage ON coverage.cell_id = cell.id
 WHERE cell.validity @> CURRENT_DATE AND cell.code LIKE ANY (CAST(:scope AS text[]))
   AND (:words = '' OR starts_with(cell.code, :words) OR position(lower(:words) IN lower(cell.name)) > 0
        OR position(lower(:words) IN lower(village.name)) > 0 OR position(lower(:words) IN lower(coalesce(village.name_en, ''))) > 0)
 ORDER BY CAST(:sign AS integer) * CASE :sort
            WHEN 'watched' THEN coverage.watched_share
            WHEN 'twice' THEN coverage.watched_twice_area_m2 / nullif(coverage.open_area_m2, 0)
            WHEN 'thrice' THEN coverage.watched_thrice_area_m2 / nullif(coverage.open_area_m2, 0)
            WHEN 'open' THEN coverage.open_area_m2
            WHEN 'unseen' THEN coverage.unwatched_street_m
            WHEN 'cameras' THEN CAST(coverage.camera_count AS float8)
            WHEN 'incidents' THEN coverage.incident_weight - coverage.watched_incident_weight
            ELSE CAST(cell.code AS float8) END NULLS LAST,
          cell.code
 LIMIT :limit OFFSET :skip
