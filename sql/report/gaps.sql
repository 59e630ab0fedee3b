-- doveadm audit scope: what may be missing of an account in a period.
SELECT	cause, from_ms, until_ms, sessions, messages, detail
FROM v_gap
WHERE until_ms >= :since AND from_ms <= :until
  AND (account IS NULL OR account = :account)
ORDER BY from_ms;
