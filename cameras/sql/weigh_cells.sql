-- How many of these incidents lie in every cell, and how many of them in a camera's view?
WITH points AS MATERIALIZED (
  SELECT st_setsrid(st_point(lon, lat), 4326) AS place, weight
    FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:weight AS float8[])) AS p(lon, lat, weight)
), located AS (
  SELECT home.id AS cell_id, points.weight,
         EXISTS (SELECT FROM camera_views WHERE view && points.place AND st_intersects(view, points.place)) AS is_seen
    FROM points
    CROSS JOIN LATERAL (SELECT id FROM cells WHERE validity @> CURRENT_DATE AND area && points.place
                          AND st_intersects(area, points.place) ORDER BY code LIMIT 1) AS home
), sums AS (
  SELECT cell_id, sum(weight) AS whole, coalesce(sum(weight) FILTER (WHERE is_seen), 0) AS seen FROM located GROUP BY cell_id
)
UPDATE cell_coverages cell SET incident_weight = coalesce(sums.whole, 0), watched_incident_weight = coalesce(sums.seen, 0)
  FROM cell_coverages other LEFT JOIN sums ON sums.cell_id = other.cell_id
 WHERE other.cell_id = cell.cell_id
