-- How much of an area's open ground is seen at each quality, by the last computation of it?
SELECT tier.tier, tier.px_per_m, sum(tier.watched_area_m2) AS watched_area_m2, sum(coverage.open_area_m2) AS open_area_m2,
       min(run.finished_at) AS computed_at
  FROM coverage_tiers tier
  JOIN cells cell ON cell.id = tier.cell_id AND cell.validity @> CURRENT_DATE
  JOIN cell_coverages coverage ON coverage.cell_id = tier.cell_id
  JOIN coverage_runs run ON run.id = tier.run_id
 WHERE cell.code LIKE ANY (CAST(:scope AS text[]))
 GROUP BY tier.tier, tier.px_per_m ORDER BY tier.px_per_m
