-- Which worker is this person, which cells are theirs today, and to which patrol teams do they belong?
SELECT (SELECT worker.id FROM workers worker
         WHERE worker.user_id = :user_id AND (worker.left_on IS NULL OR worker.left_on > CURRENT_DATE)) AS worker_id,
       ARRAY(SELECT DISTINCT cell.code
               FROM workers worker
               JOIN cell_assignments assignment ON assignment.worker_id = worker.id AND assignment.period @> CURRENT_DATE
               JOIN cells cell ON cell.id = assignment.cell_id
              WHERE worker.user_id = :user_id AND (worker.left_on IS NULL OR worker.left_on > CURRENT_DATE)
              ORDER BY cell.code) AS cell_codes,
       ARRAY(SELECT team.id FROM patrol_teams team WHERE team.leader_id = :user_id
             UNION
             SELECT member.team_id FROM patrol_members member
              WHERE member.user_id = :user_id AND member.team_id IS NOT NULL
                AND (member.left_on IS NULL OR member.left_on > CURRENT_DATE)) AS team_ids
