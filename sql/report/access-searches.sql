-- doveadm audit export account: searches. A column whose name ends in "#" is a number.
SELECT session_row AS "session_row#", mailbox, owner, at, terms, categories,
	hits AS "hits#"
FROM v_search
WHERE account = :account
ORDER BY at_ms;
