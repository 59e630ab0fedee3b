-- Is a report complete? What may be missing of one account, or of those that fit a
-- mask, in a period. Of one session alone (:session), gaps of others do not count.
SELECT	cause, from_ms, until_ms, sessions, messages, detail, account
FROM v_gap
WHERE until_ms >= :since AND from_ms <= :until
  AND (account IS NULL OR account = :account OR account GLOB :mask)
  AND (:session IS NULL OR session IS NULL OR session = :session)
ORDER BY from_ms;
