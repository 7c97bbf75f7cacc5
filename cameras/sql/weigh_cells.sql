-- How many incidents of the last year happened in every cell (:anew) or in these, and how many of them in a camera's view?
WITH asked AS (
  SELECT cell.id, cell.code, cell.area FROM cell_coverages JOIN cells cell ON cell.id = cell_id
   WHERE :anew OR cell_id = ANY (CAST(:cells AS bigint[]))
), sums AS (
  SELECT asked.id, count(*) AS whole,
         count(*) FILTER (WHERE EXISTS (SELECT FROM camera_views WHERE st_intersects(view, incident.place))) AS seen
    FROM asked JOIN recent_incident_places incident ON st_intersects(asked.area, incident.place)
   WHERE NOT EXISTS (SELECT FROM cells lower WHERE lower.validity @> CURRENT_DATE AND lower.code < asked.code
                        AND st_intersects(lower.area, incident.place))
   GROUP BY asked.id
)
UPDATE cell_coverages cell SET incident_weight = coalesce(sums.whole, 0), watched_incident_weight = coalesce(sums.seen, 0)
  FROM asked LEFT JOIN sums USING (id)
 WHERE asked.id = cell.cell_id
