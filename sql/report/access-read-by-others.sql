-- doveadm audit export account: read by others. A column whose name ends in "#" is a number.
-- What others were given of its mailboxes, by whom it was.
SELECT account AS reader, real_user, mailbox, kind, uids, messages AS "messages#", first_at,
	last_at
FROM v_read
WHERE owner = :account AND account IS NOT :account
ORDER BY first_ms;
