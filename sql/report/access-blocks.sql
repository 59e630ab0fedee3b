-- doveadm audit export account: blocks. A column whose name ends in "#" is a number.
SELECT block AS "block#", network, client, state, from_at, until_at, lifted_at, made_by,
	lifted_by, note, incident
FROM v_block
WHERE account = :account
ORDER BY from_ms;
