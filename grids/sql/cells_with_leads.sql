-- Which cells does an area have today, who leads each, how many households, how much of its open ground is watched?
SELECT cell.id, cell.code, cell.name, cell.kind, cell.households, village.name AS village, village.name_en AS village_en,
       round(coverage.watched_share::numeric, 3)::float AS watched_share, lead.name AS lead, substitute.name AS substitute
  FROM cells cell
  JOIN divisions village ON village.id = cell.village_id
  LEFT JOIN cell_coverages coverage ON coverage.cell_id = cell.id
  LEFT JOIN LATERAL (
    SELECT workers.name FROM cell_assignments JOIN workers ON workers.id = worker_id
     WHERE cell_id = cell.id AND duty = 'lead' AND period @> CURRENT_DATE LIMIT 1
  ) AS lead ON true
  LEFT JOIN LATERAL (
    SELECT workers.name FROM cell_assignments JOIN workers ON workers.id = worker_id
     WHERE cell_id = cell.id AND duty = 'substitute' AND period @> CURRENT_DATE LIMIT 1
  ) AS substitute ON true
 WHERE cell.validity @> CURRENT_DATE AND cell.code LIKE ANY (CAST(:scope AS text[]))
   AND (:search = '' OR cell.code LIKE :search || '%' OR strpos(cell.name, :search) > 0 OR strpos(village.name, :search) > 0
        OR strpos(coalesce(lead.name, ''), :search) > 0)
   AND (NOT :only_vacant OR lead.name IS NULL)
 ORDER BY cell.code LIMIT :limit
