-- How much of each township's or village's open ground and streets do cameras watch?
SELECT division.code, division.name, division.name_en, count(coverage.cell_id) AS cells,
       coalesce(sum(coverage.open_area_m2), 0) AS open_area_m2,
       coalesce(sum(coverage.watched_area_m2), 0) AS watched_area_m2,
       coalesce(sum(coverage.watched_twice_area_m2), 0) AS watched_twice_area_m2,
       coalesce(sum(coverage.watched_thrice_area_m2), 0) AS watched_thrice_area_m2,
       CASE WHEN sum(coverage.open_area_m2) > 0
            THEN least(1, sum(coverage.watched_area_m2) / sum(coverage.open_area_m2)) END AS watched_share,
       coalesce(sum(coverage.street_m), 0) AS street_m,
       coalesce(sum(coverage.unwatched_street_m), 0) AS unwatched_street_m,
       coalesce(sum(coverage.camera_count), 0) AS camera_count
  FROM divisions division
  LEFT JOIN cells cell ON left(cell.code, :digits) = division.code AND cell.validity @> CURRENT_DATE
       AND cell.code LIKE ANY (CAST(:scope AS text[]))
  LEFT JOIN cell_coverages coverage ON coverage.cell_id = cell.id
 WHERE length(division.code) = :digits AND division.validity @> CURRENT_DATE
   AND EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) AS area
                WHERE division.code LIKE area OR area LIKE division.code || '%')
 GROUP BY division.code, division.name, division.name_en
 ORDER BY division.code
