-- doveadm audit blocks: those in force, or (:all = 1) all that were ever made.
SELECT	block, account, network, client, state, from_ms, until_ms, made_by,
	lifted_ms, lifted_by, incident, note
FROM v_block
WHERE account GLOB :mask AND (:all OR state = 'active')
ORDER BY block DESC;
