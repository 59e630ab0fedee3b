-- doveadm audit baseline: messages that an account opened for the first time, day by
-- day, as the engine remembers it. The record itself is v_account_day.
SELECT	date(day * 86400, 'unixepoch') AS day, day AS day_number,
	bodies, stale, odd_bodies, odd_stale, headers
FROM daily
WHERE account_id = (SELECT id FROM account WHERE name = :account)
  AND day > :today - 28
ORDER BY day_number;
