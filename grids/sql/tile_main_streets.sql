-- Which main streets run through this tile, seen from afar: pieces of one kind and name joined, small bends left out?
SELECT ST_AsMVT(tile, 'streets', 4096, 'shape')
  FROM (
    SELECT kind,
           name,
           ST_AsMVTGeom(
             ST_Simplify(ST_LineMerge(ST_Collect(path_3857)), :pixel_m / 2), ST_TileEnvelope(:z, :x, :y), 4096, 64
           ) AS shape
      FROM (
        SELECT kind, CASE WHEN :z >= 11 THEN name END AS name, path_3857
          FROM streets
         WHERE path_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0156)
           AND kind = ANY(:kinds)
      ) AS main
     GROUP BY kind, name
  ) AS tile
