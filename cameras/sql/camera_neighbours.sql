-- Which cameras see some of the ground that this one sees, and how many square metres of it?
SELECT other.code, other.name, other.status, other.location_code, st_x(other.place) AS lon, st_y(other.place) AS lat,
       st_asgeojson(theirs.view, 6) AS shape,
       st_area(st_intersection(own.view, theirs.view)::geography) AS overlap_m2
  FROM camera_views own
  JOIN camera_views theirs ON theirs.view && own.view AND st_intersects(theirs.view, own.view) AND theirs.camera_id <> own.camera_id
  JOIN cameras other ON other.id = theirs.camera_id
 WHERE own.camera_id = :camera_id
 ORDER BY overlap_m2 DESC, other.code
