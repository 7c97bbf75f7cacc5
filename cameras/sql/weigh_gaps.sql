-- How many of these incidents (points in lon/lat, each with its weight) lie in every gap?
WITH points AS MATERIALIZED (
  SELECT st_setsrid(st_point(lon, lat), 4326) AS place, weight
    FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:weight AS float8[])) AS p(lon, lat, weight)
), found AS (
  SELECT gap.id, sum(points.weight) AS weight
    FROM points JOIN coverage_gaps gap ON gap.area && points.place AND st_intersects(gap.area, points.place)
   GROUP BY gap.id
)
UPDATE coverage_gaps gap SET incident_weight = coalesce(found.weight, 0)
  FROM coverage_gaps other LEFT JOIN found ON found.id = other.id
 WHERE other.id = gap.id AND gap.incident_weight IS DISTINCT FROM coalesce(found.weight, 0)
