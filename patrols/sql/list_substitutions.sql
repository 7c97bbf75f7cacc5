-- Who asked whom to stand in: of a shift, or what waits for one member's answer?
SELECT asked.id, asked.shift_id, asked.status, asked.note, asked.asked_at, asked.answered_at, asked.member_id,
       member.name AS member, substitute.name AS substitute, shift.name AS shift, shift.starts_at, shift.ends_at
  FROM shift_substitutions asked
  JOIN shifts shift ON shift.id = asked.shift_id
  JOIN patrol_members member ON member.id = asked.member_id
  JOIN patrol_members substitute ON substitute.id = asked.substitute_id
 WHERE (asked.shift_id = CAST(:shift_id AS bigint)
        OR (asked.substitute_id = CAST(:member_id AS bigint) AND asked.status = 'asked' AND shift.starts_at > now()
            AND shift.status = 'published'))
 ORDER BY asked.asked_at DESC, asked.id DESC
