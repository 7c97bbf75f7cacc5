-- Which named places lie in this tile?
SELECT ST_AsMVT(tile, 'places', 4096, 'shape')
  FROM (
    SELECT kind, name, ST_AsMVTGeom(place_3857, ST_TileEnvelope(:z, :x, :y), 4096, 64) AS shape
      FROM places
     WHERE place_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
       AND name IS NOT NULL
       AND (:z >= 14 OR kind IN ('city', 'town', 'village', 'suburb', 'hamlet') OR (:z >= 12 AND kind IN ('hospital', 'station')))
  ) AS tile
