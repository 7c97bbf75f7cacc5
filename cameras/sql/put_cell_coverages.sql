-- What do cameras cover of these cells now?
INSERT INTO cell_coverages AS known (cell_id, run_id, open_area_m2, watched_area_m2, watched_twice_area_m2,
                                     watched_thrice_area_m2, street_m, incident_weight, watched_incident_weight)
SELECT cell_id, :run_id, open_m2, once, twice, thrice, coalesce(street_m, 0), weight, watched_weight
  FROM unnest(CAST(:ids AS bigint[]), CAST(:open_m2 AS float8[]), CAST(:once AS float8[]), CAST(:twice AS float8[]),
              CAST(:thrice AS float8[]), CAST(:street_m AS float8[]), CAST(:weight AS float8[]), CAST(:watched_weight AS float8[]))
    AS fresh(cell_id, open_m2, once, twice, thrice, street_m, weight, watched_weight)
ON CONFLICT (cell_id) DO UPDATE SET
  open_area_m2 = excluded.open_area_m2,
  watched_area_m2 = excluded.watched_area_m2,
  watched_twice_area_m2 = excluded.watched_twice_area_m2,
  watched_thrice_area_m2 = excluded.watched_thrice_area_m2,
  street_m = excluded.street_m,
  incident_weight = excluded.incident_weight,
  watched_incident_weight = excluded.watched_incident_weight,
  changed_at = now()
