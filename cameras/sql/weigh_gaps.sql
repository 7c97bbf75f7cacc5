-- How many incidents of the last year happened in every gap (or, not :anew, in those that have not been asked yet)?
UPDATE coverage_gaps gap SET incident_weight =
       (SELECT count(*) FROM recent_incident_places incident WHERE st_intersects(gap.area, incident.place))
 WHERE :anew OR gap.incident_weight IS NULL
