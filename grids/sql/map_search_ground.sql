-- Which divisions, cells, streets and places of this scope have this text in their name or code?
-- Codes match from their beginning, names anywhere; what begins with the text comes first, then what lies nearest.
WITH centre AS (
  SELECT ST_SetSRID(ST_Point(:lon, :lat), 4326) AS place
),
found AS (
  (SELECT 'division' AS kind, code, name, name_en, level AS detail, ST_PointOnSurface(area) AS place, ST_Envelope(area) AS box
     FROM divisions
    WHERE validity @> CURRENT_DATE AND (CAST(:scope AS text[]) IS NULL OR code LIKE ANY(CAST(:scope AS text[])))
      AND (code LIKE :prefix OR name ILIKE :anywhere OR name_en ILIKE :anywhere)
    ORDER BY length(code), code LIMIT :most)
  UNION ALL
  (SELECT 'cell', code, name, NULL, kind, ST_PointOnSurface(area), ST_Envelope(area)
     FROM cells
    WHERE validity @> CURRENT_DATE AND (CAST(:scope AS text[]) IS NULL OR code LIKE ANY(CAST(:scope AS text[])))
      AND (code LIKE :prefix OR name ILIKE :anywhere)
    ORDER BY code LIMIT :most)
  UNION ALL
  (SELECT 'place', NULL, name, NULL, kind, place, ST_Envelope(place)
     FROM places
    WHERE name ILIKE :anywhere
    ORDER BY name NOT ILIKE :prefix, place <-> (SELECT place FROM centre) LIMIT :most)
  UNION ALL
  (SELECT 'street', NULL, name, NULL, kind, ST_LineInterpolatePoint(path, 0.5), ST_Envelope(path)
     FROM (
       SELECT DISTINCT ON (name) name, kind, path, path <-> (SELECT place FROM centre) AS away
         FROM streets
        WHERE name ILIKE :anywhere
        ORDER BY name, path <-> (SELECT place FROM centre)
     ) AS nearest
    ORDER BY name NOT ILIKE :prefix, away LIMIT :most)
)
SELECT kind, code, name, name_en, detail,
       ST_X(place) AS lon, ST_Y(place) AS lat,
       ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
  FROM found
