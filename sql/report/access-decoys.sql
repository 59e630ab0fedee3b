-- doveadm audit export account: decoys. A column whose name ends in "#" is a number.
SELECT mailbox, uid AS "uid#", subject, state, made_at, made_by, tripped AS "tripped#",
	tripped_at
FROM v_canary
WHERE account = :account
ORDER BY made_ms;
