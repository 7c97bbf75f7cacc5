-- Which parts of streets are these edges?
SELECT told.edge, street_parts.id
  FROM unnest(CAST(:edge AS integer[]), CAST(:street_id AS bigint[]), CAST(:from_m AS integer[]), CAST(:to_m AS integer[]))
       AS told (edge, street_id, from_m, to_m)
  JOIN street_parts USING (street_id, from_m, to_m)
