-- How many incidents of the last year happened within 25 m of every stretch of street that no camera sees (or, not :anew, of those not asked yet)?
UPDATE coverage_street_gaps gap SET incident_weight =
       (SELECT count(*) FROM recent_incident_places incident
         WHERE incident.place && st_expand(gap.path, 25.0 / (110500.0 * cos(radians(st_y(st_startpoint(gap.path))))), 25.0 / 110500.0)
           AND st_dwithin(CAST(gap.path AS geography), CAST(incident.place AS geography), 25))
 WHERE :anew OR gap.incident_weight IS NULL
