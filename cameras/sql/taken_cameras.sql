-- The cameras of an area with what is known of their sight, for a file.
SELECT camera.code AS camera_id, camera.name, camera.kind, camera.status, camera.location_code AS cell_code,
       camera.mount_height_m AS height_m, camera.bearing_deg, camera.hfov_deg, camera.range_m, camera.pixels_h,
       st_x(camera.place) AS lon, st_y(camera.place) AS lat, view.exact_area_m2, view.snapped_m, view.is_blind,
       st_asbinary(camera.place) AS shape
  FROM cameras camera LEFT JOIN camera_views view ON view.camera_id = camera.id
 WHERE camera.location_code LIKE ANY (CAST(:scope AS text[])) AND camera.status <> 'removed' ORDER BY camera.code
