-- Which parts of streets did this patrol walk? A part that is known already keeps what is more.
WITH told AS (
  SELECT * FROM unnest(CAST(:part_id AS bigint[]), CAST(:passes AS smallint[]), CAST(:share AS real[]), CAST(:last_at AS timestamptz[]))
    AS told (part_id, passes, share, last_at)
)
INSERT INTO walked_parts AS known (session_id, part_id, walked_on, passes, share, is_counted, is_voluntary, last_at)
SELECT CAST(:session_id AS uuid), part_id, (last_at AT TIME ZONE 'UTC')::date, passes, share, share >= :least_share, :is_voluntary, last_at
  FROM told
ON CONFLICT (session_id, part_id) DO UPDATE
   SET passes = greatest(known.passes, excluded.passes), share = greatest(known.share, excluded.share),
       is_counted = known.is_counted OR excluded.is_counted, last_at = greatest(known.last_at, excluded.last_at)
RETURNING part_id, walked_on
