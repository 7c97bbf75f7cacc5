-- Which share of its open ground is watched, of each of today's cells that touch this box?
SELECT cells.code, cells.name, cell_coverages.watched_share, cell_coverages.watched_area_m2
  FROM cells JOIN cell_coverages ON cell_coverages.cell_id = cells.id
 WHERE cells.area && st_makeenvelope(:west, :south, :east, :north, 4326) AND cells.validity @> CURRENT_DATE
 ORDER BY cells.code
