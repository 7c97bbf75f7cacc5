-- How many square metres does this camera see, and how many of them nobody else sees?
SELECT st_area(own.view::geography) AS all_m2,
       st_area(coalesce(st_difference(own.view, others.shape), own.view)::geography) AS alone_m2
  FROM camera_views own,
       LATERAL (SELECT st_union(theirs.view) AS shape FROM camera_views theirs
                 WHERE theirs.view && own.view AND theirs.camera_id <> own.camera_id) others
 WHERE own.camera_id = :camera_id AND own.view IS NOT NULL
