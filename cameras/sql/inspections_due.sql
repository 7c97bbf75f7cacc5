-- Which cameras of an area has nobody looked at for too long (or never), and what was found the last time?
SELECT cameras.code, cameras.name, cameras.status, cameras.kind, cameras.location_code,
       st_x(cameras.place) AS lon, st_y(cameras.place) AS lat,
       cells.code AS cell_code, cells.name AS cell_name,
       latest.inspected_at, latest.next_due_on, coalesce(latest.has_fault, false) AS has_fault,
       count(*) OVER () AS total
  FROM cameras
  LEFT JOIN cells ON cells.id = cameras.cell_id
  LEFT JOIN LATERAL (
    SELECT inspected_at, next_due_on, has_fault FROM camera_inspections
     WHERE camera_id = cameras.id ORDER BY inspected_at DESC, id DESC LIMIT 1
  ) latest ON true
 WHERE cameras.status NOT IN ('removed', 'planned')
   AND (latest.next_due_on IS NULL OR latest.next_due_on <= :today)
   AND (CAST(:scope AS text[]) IS NULL OR coalesce(cameras.location_code, '') LIKE ANY (CAST(:scope AS text[])))
 ORDER BY latest.next_due_on NULLS LAST, cells.code NULLS LAST, cameras.code
 LIMIT :limit
