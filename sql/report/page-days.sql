-- doveadm audit report: messages that the account's usual sessions opened for the first
-- time, day by day: the last 28 days as the engine remembers them.
SELECT	date(day * 86400, 'unixepoch') AS day, bodies AS usual
FROM daily
WHERE account_id = (SELECT id FROM account WHERE name = :account)
  AND day BETWEEN :last_day - 28 AND :last_day
ORDER BY daily.day;
