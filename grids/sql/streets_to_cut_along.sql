-- Along which streets of a village may a cell's border run?
SELECT st_asbinary(street.path) AS path
  FROM divisions village
  JOIN streets street ON street.path && village.area AND st_intersects(street.path, village.area)
 WHERE village.id = :village AND street.surface_level >= 0
   AND street.kind NOT IN ('steps', 'corridor', 'platform', 'elevator', 'raceway', 'bus_stop', 'rest_area', 'services')
