-- What do the cameras see in this tile, among the buildings; with :px_per_m only what is seen at that many pixels per metre or more?
WITH near AS (
  SELECT cameras.code, cameras.status, cameras.place_3857, cameras.range_m, camera_views.view_3857,
         sqrt(greatest(0, power(pixels_h / (CAST(:px_per_m AS float8)
           * CASE WHEN hfov_deg <= 120 THEN 2 * tan(radians(hfov_deg) / 2) ELSE radians(hfov_deg) END), 2)
           - power(mount_height_m, 2))) AS reach_m,
         cos(radians(st_y(cameras.place))) AS true_m
    FROM camera_views
    JOIN cameras ON cameras.id = camera_views.camera_id
   WHERE camera_views.view_3857 && ST_TileEnvelope(:z, :x, :y, margin => 0.0078)
     AND (CAST(:scope AS text[]) IS NULL OR coalesce(cameras.location_code, '') LIKE ANY(CAST(:scope AS text[])))
), seen AS (
  SELECT code, status,
         CASE WHEN CAST(:px_per_m AS float8) IS NULL OR reach_m >= range_m THEN view_3857
              WHEN reach_m > 0 THEN ST_Intersection(view_3857, ST_Buffer(place_3857, reach_m / true_m, 16)) END AS view_3857
    FROM near
)
SELECT ST_AsMVT(tile, 'camera_views', 4096, 'shape')
  FROM (
    SELECT code, status, ST_AsMVTGeom(view_3857, ST_TileEnvelope(:z, :x, :y), 4096, 32) AS shape
      FROM seen WHERE view_3857 IS NOT NULL
  ) AS tile
