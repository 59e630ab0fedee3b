-- doveadm audit export account: verdicts. A column whose name ends in "#" is a number.
SELECT session_row AS "session_row#", at, action, rule, reasons, enforced AS "enforced#",
	incident
FROM v_verdict
WHERE account = :account
ORDER BY at_ms;
