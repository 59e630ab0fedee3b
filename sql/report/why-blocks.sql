-- doveadm audit why: the blocks that an incident made (of a session: its
-- incident), and those of its account that a refused session came upon.
SELECT	block, network, client, state, until_ms, made_by, lifted_ms, lifted_by
FROM v_block
WHERE incident = (SELECT ref FROM incident WHERE id = :incident)
   OR block IN (
	SELECT	block.id
	FROM v_session
	JOIN block ON block.account = v_session.account
	LEFT JOIN incident ON incident.id = block.incident_id
	WHERE session_row = :session
	  AND (incident.ref = v_session.incident OR
	       (v_session.action = 'refuse' AND
		v_session.first_ms BETWEEN block.from_ms AND block.until_ms)))
ORDER BY block;
