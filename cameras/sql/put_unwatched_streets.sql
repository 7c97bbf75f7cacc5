-- How many street metres of these cells does no camera see now?
UPDATE cell_coverages SET unwatched_street_m = least(street_m, metres), changed_at = now()
  FROM unnest(CAST(:ids AS bigint[]), CAST(:metres AS float8[])) AS fresh(id, metres)
 WHERE cell_id = fresh.id AND unwatched_street_m <> least(street_m, metres)
