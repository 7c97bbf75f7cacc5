-- What does a study propose, best first, where, and what would each camera see?
SELECT proposal.id, proposal.rank, proposal.bearing_deg, proposal.weight, proposal.share, proposal.lost_without, proposal.adds,
       proposal.reasons, proposal.entered_m2, proposal.dwellings, proposal.is_fixed, proposal.decision, proposal.camera_id,
       camera.code AS camera_code, cell.code AS cell_code, cell.name AS cell,
       st_x(proposal.place) AS lon, st_y(proposal.place) AS lat, st_asgeojson(proposal.view, 6) AS view,
       st_asbinary(proposal.place) AS shape
  FROM siting_proposals proposal
  LEFT JOIN cameras camera ON camera.id = proposal.camera_id
  LEFT JOIN LATERAL (SELECT code, name FROM cells WHERE validity @> CURRENT_DATE AND area && proposal.place
                        AND st_covers(area, proposal.place) ORDER BY code LIMIT 1) AS cell ON true
 WHERE proposal.study_id = :study_id ORDER BY proposal.rank
