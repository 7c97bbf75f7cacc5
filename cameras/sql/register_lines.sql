-- Which cameras of an area are there, one line each, with what is known of their view and their last inspection?
SELECT cameras.id, cameras.code, cameras.gb_code, cameras.name, cameras.kind, cameras.status, cameras.owner_class, cameras.owner,
       cameras.mount_height_m, cameras.bearing_deg, cameras.hfov_deg, cameras.range_m, cameras.pixels_h,
       cameras.pitch_deg, cameras.vfov_deg, cameras.legal_basis, cameras.signage, cameras.filing_no,
       cameras.retention_days, cameras.installed_on, cameras.location_code,
       st_x(cameras.place) AS lon, st_y(cameras.place) AS lat,
       cells.code AS cell_code, cells.name AS cell_name,
       camera_views.exact_area_m2, camera_views.is_blind, camera_views.snapped_m,
       latest.inspected_at, latest.next_due_on, latest.has_fault,
       count(*) OVER () AS total
  FROM cameras
  LEFT JOIN cells ON cells.id = cameras.cell_id
  LEFT JOIN camera_views ON camera_views.camera_id = cameras.id
  LEFT JOIN LATERAL (
    SELECT inspected_at, next_due_on, has_fault FROM camera_inspections
     WHERE camera_id = cameras.id ORDER BY inspected_at DESC, id DESC LIMIT 1
  ) latest ON true
 WHERE (CAST(:scope AS text[]) IS NULL OR coalesce(cameras.location_code, '') LIKE ANY (CAST(:scope AS text[])))
   AND (:status = '' AND cameras.status <> 'removed' OR cameras.status = :status)
   AND (:kind = '' OR cameras.kind = :kind)
   AND (CAST(:owner_class AS smallint) IS NULL OR cameras.owner_class = :owner_class)
   AND (NOT :only_blind OR camera_views.is_blind)
   AND (NOT :only_snapped OR camera_views.snapped_m > :snapped_over_m)
   AND (NOT :only_due OR cameras.status NOT IN ('removed', 'planned')
        AND (latest.next_due_on IS NULL OR latest.next_due_on <= :today))
   AND (:words = '' OR starts_with(lower(cameras.code), lower(:words)) OR starts_with(cameras.gb_code, :words)
        OR position(lower(:words) IN lower(cameras.name)) > 0
        OR position(lower(:words) IN lower(coalesce(cells.name, ''))) > 0
        OR starts_with(coalesce(cameras.location_code, ''), :words))
 ORDER BY cameras.code
 LIMIT :limit OFFSET :offset
