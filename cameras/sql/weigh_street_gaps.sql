-- How many of these incidents happened within 25 m of every stretch of street that no camera sees?
WITH points AS MATERIALIZED (
  SELECT st_setsrid(st_point(lon, lat), 4326) AS place, weight, 25.0 / 110500.0 AS dlat, 25.0 / (110500.0 * cos(radians(lat))) AS dlon
    FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:weight AS float8[])) AS p(lon, lat, weight)
), found AS (
  SELECT gap.id, sum(points.weight) AS weight
    FROM points JOIN coverage_street_gaps gap ON gap.path && st_expand(points.place, dlon, dlat)
         AND st_dwithin(CAST(gap.path AS geography), CAST(points.place AS geography), 25)
   GROUP BY gap.id
)
UPDATE coverage_street_gaps gap SET incident_weight = coalesce(found.weight, 0)
  FROM coverage_street_gaps other LEFT JOIN found ON found.id = other.id
 WHERE other.id = gap.id AND gap.incident_weight IS DISTINCT FROM coalesce(found.weight, 0)
