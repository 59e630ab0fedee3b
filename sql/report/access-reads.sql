-- doveadm audit export account: reads. A column whose name ends in "#" is a number.
SELECT session_row AS "session_row#", mailbox, owner, kind, uids, messages AS "messages#",
	first_time AS "first_time#", bytes AS "bytes#", first_at, last_at, oldest, newest,
	fields
FROM v_read
WHERE account = :account
ORDER BY first_ms;
