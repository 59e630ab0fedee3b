-- doveadm audit why: the blocks that an incident made, or that a session met:
-- those of its incident, and those of its account, network and client that were
-- in force while it lasted.
SELECT	block, network, client, state, until_ms, made_by, lifted_ms, lifted_by
FROM v_block
WHERE incident = (SELECT ref FROM incident WHERE id = :incident)
   OR block IN (
	SELECT	block.id
	FROM v_session
	JOIN block ON block.account = v_session.account
	WHERE session_row = :session
	  AND block.network IN ('*', v_session.network)
	  AND block.client IN ('*', coalesce(v_session.client, ''))
	  AND block.until_ms >= v_session.first_ms
	  AND block.from_ms <= coalesce(v_session.end_ms, v_session.last_ms))
ORDER BY block;
