-- What is known of the camera with this code: its record, where it stands, what it sees?
SELECT cameras.id, cameras.version, cameras.code, cameras.gb_code, cameras.name, cameras.kind, cameras.status,
       cameras.mount_height_m, cameras.bearing_deg, cameras.hfov_deg, cameras.range_m, cameras.pixels_h,
       cameras.pitch_deg, cameras.vfov_deg, cameras.owner_class, cameras.owner, cameras.legal_basis, cameras.signage,
       cameras.sign_seen_on, cameras.filing_no, cameras.filed_on, cameras.retention_days, cameras.installed_on,
       cameras.source, cameras.source_crs, cameras.raw_x, cameras.raw_y, cameras.location_code,
       st_x(cameras.place) AS lon, st_y(cameras.place) AS lat,
       cells.code AS cell_code, cells.name AS cell_name, cell_coverages.watched_share,
       village.name AS village, village.name_en AS village_en, township.name AS township, township.name_en AS township_en,
       camera_views.exact_area_m2, camera_views.sector_area_m2, camera_views.snapped_m, camera_views.is_blind,
       camera_views.is_walled_in, camera_views.changed_at AS seen_at,
       st_asgeojson(camera_views.view, 7) AS shape
  FROM cameras
  LEFT JOIN cells ON cells.id = cameras.cell_id
  LEFT JOIN cell_coverages ON cell_coverages.cell_id = cameras.cell_id
  LEFT JOIN divisions village ON village.code = left(cameras.location_code, 12) AND village.valid_to IS NULL AND length(cameras.location_code) >= 12
  LEFT JOIN divisions township ON township.code = left(cameras.location_code, 9) AND township.valid_to IS NULL AND length(cameras.location_code) >= 9
  LEFT JOIN camera_views ON camera_views.camera_id = cameras.id
 WHERE cameras.code = :code
