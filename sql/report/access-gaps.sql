-- doveadm audit export account: gaps. A column whose name ends in "#" is a number.
SELECT cause, from_at, until_at, session, messages AS "messages#", detail
FROM v_gap
WHERE account = :account
ORDER BY from_ms;
