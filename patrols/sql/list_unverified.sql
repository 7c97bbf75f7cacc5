-- Which patrols have ended with positions and were never verified?
SELECT patrol.id FROM patrol_sessions patrol
 WHERE patrol.ended_at IS NOT NULL AND patrol.started_at > CAST(:since AS timestamptz)
   AND NOT EXISTS (SELECT FROM patrol_verifications verified WHERE verified.session_id = patrol.id)
   AND EXISTS (SELECT FROM position_fixes fix WHERE fix.session_id = patrol.id AND fix.fixed_at >= patrol.started_at - interval '1 minute')
 ORDER BY patrol.ended_at DESC
