-- Which share of each township's or village's open ground is watched at each quality of the picture?
SELECT left(cell.code, :digits) AS code, tier.tier,
       least(1, sum(tier.watched_area_m2) / nullif(sum(coverage.open_area_m2), 0)) AS share
  FROM coverage_tiers tier
  JOIN cells cell ON cell.id = tier.cell_id AND cell.validity @> CURRENT_DATE
  JOIN cell_coverages coverage ON coverage.cell_id = tier.cell_id
 WHERE cell.code LIKE ANY (CAST(:scope AS text[]))
 GROUP BY 1, 2
