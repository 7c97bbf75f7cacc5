-- When was each of these parts walked last?
UPDATE street_parts
   SET last_walked_at = (SELECT max(last_at) FROM street_part_days WHERE part_id = street_parts.id)
 WHERE id IN (SELECT DISTINCT unnest(CAST(:part_id AS bigint[])))
   AND cardinality(CAST(:walked_on AS date[])) > 0
