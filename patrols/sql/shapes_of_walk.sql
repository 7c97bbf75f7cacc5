-- What is there to draw of a patrol: streets that count, planned streets nobody walked, and the positions with their marks?
SELECT (SELECT st_asgeojson(st_collect(part.path), 6) FROM walked_parts walked JOIN street_parts part ON part.id = walked.part_id
         WHERE walked.session_id = CAST(:session_id AS uuid) AND walked.is_counted) AS walked,
       (SELECT st_asgeojson(st_collect(path), 6) FROM street_parts WHERE id = ANY (CAST(:missed AS bigint[]))) AS missed,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(round(st_x(place)::numeric, 5), round(st_y(place)::numeric, 5), mark,
                                                    to_char(fixed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ORDER BY fixed_at), '[]')
          FROM position_fixes WHERE session_id = CAST(:session_id AS uuid) AND mark <> 'null_island') AS fixes,
       (SELECT bool_or(is_coarse) FROM position_fixes WHERE session_id = CAST(:session_id AS uuid)) AS is_coarse
