-- Is a report complete? What may be missing of one account, or of those that fit a
-- mask, in a period. Of one session alone (:session), gaps of others do not count. A
-- session that nobody announced may have gone on: it is a gap for a day.
SELECT	cause, from_ms, until_ms, sessions, messages, detail, account
FROM v_gap
WHERE until_ms >= :since - 86400000 AND from_ms <= :until
  AND (until_ms >= :since OR cause = 'plugin-missing')
  AND (account IS NULL OR account = :account OR account GLOB :mask)
  AND (:session IS NULL OR session IS NULL OR session = :session)
ORDER BY from_ms;
