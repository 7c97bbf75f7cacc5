-- Which streets and paths run through this tile?
SELECT ST_AsMVT(tile, 'streets', 4096, 'shape')
  FROM (
    SELECT kind,
           name,
           nullif(oneway, 0) AS oneway,
           nullif(surface_level, 0) AS surface_level,
           ST_AsMVTGeom(path_3857, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
      FROM streets
     WHERE path_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
     ORDER BY surface_level
  ) AS tile
