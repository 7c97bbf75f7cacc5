-- What are these cameras like, as far as they are online?
SELECT id, cell_id, location_code, st_x(place) AS lon, st_y(place) AS lat, bearing_deg, hfov_deg, range_m,
       mount_height_m, pixels_h, pitch_deg, vfov_deg
  FROM cameras
 WHERE status = 'online' AND id = ANY (:ids)
 ORDER BY id
