-- Which positions are judged otherwise, now that the whole walk is known?
UPDATE position_fixes SET mark = told.mark
  FROM unnest(CAST(:fixed_at AS timestamptz[]), CAST(:mark AS text[])) AS told (fixed_at, mark)
 WHERE position_fixes.session_id = CAST(:session_id AS uuid) AND position_fixes.fixed_at = told.fixed_at
   AND position_fixes.mark <> told.mark AND NOT position_fixes.is_coarse
