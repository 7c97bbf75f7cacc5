-- What do cameras cover of these cells now?
INSERT INTO cell_coverages AS known (cell_id, run_id, open_area_m2, watched_area_m2, watched_twice_area_m2,
                                     watched_thrice_area_m2, street_m)
SELECT cell_id, :run_id, open_m2, once, twice, thrice, coalesce(street_m, 0)
  FROM unnest(CAST(:ids AS bigint[]), CAST(:open_m2 AS float8[]), CAST(:once AS float8[]), CAST(:twice AS float8[]),
              CAST(:thrice AS float8[]), CAST(:street_m AS float8[]))
    AS fresh(cell_id, open_m2, once, twice, thrice, street_m)
ON CONFLICT (cell_id) DO UPDATE SET
  open_area_m2 = excluded.open_area_m2,
  watched_area_m2 = excluded.watched_area_m2,
  watched_twice_area_m2 = excluded.watched_twice_area_m2,
  watched_thrice_area_m2 = excluded.watched_thrice_area_m2,
  street_m = excluded.street_m,
  changed_at = now()
