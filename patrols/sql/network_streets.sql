-- Which streets make up the network? Ferries and what is not built yet are no ground to walk on.
SELECT id, kind, coalesce(name, '') AS name, oneway, st_asbinary(path) AS path
  FROM streets
 WHERE kind NOT IN ('construction', 'proposed', 'raceway', 'corridor', 'platform')
 ORDER BY id
