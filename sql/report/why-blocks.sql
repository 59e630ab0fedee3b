-- doveadm audit why: the blocks that an incident made (of a session: its
-- incident), and those of its account that a refused session of it came upon.
SELECT	block, network, client, state, until_ms, made_by, lifted_ms, lifted_by,
	ends || ifnull(' (' || note || ')', '') AS ends
FROM v_block
WHERE incident = (SELECT ref FROM incident WHERE id = :incident)
   OR block IN (
	SELECT	block.id
	FROM session
	JOIN account ON account.id = session.account_id
	JOIN block ON block.account = account.name
	WHERE (session.id = :session OR session.incident_id = :incident)
	  AND (block.incident_id = session.incident_id OR
	       (session.action = 'refuse' AND
		session.first_ms BETWEEN block.from_ms AND block.until_ms)))
ORDER BY block;
