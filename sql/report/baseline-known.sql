-- doveadm audit baseline: the names that an account's sessions came with, strangers
-- (0 days) too, and how many accounts of the site know each.
SELECT	CASE known.what
		WHEN 0 THEN 'country'
		WHEN 1 THEN 'network'
		WHEN 2 THEN 'client'
		WHEN 3 THEN 'protocol'
	END AS what,
	known.name, known.days,
	date(known.first_day * 86400, 'unixepoch') AS first_day,
	date(known.last_day * 86400, 'unixepoch') AS last_day,
	known.fresh, known.stale, known.prefix_days,
	coalesce((SELECT CAST(state AS INTEGER) FROM site WHERE key =
		CASE known.what
			WHEN 0 THEN 'country '
			WHEN 1 THEN 'network '
			WHEN 2 THEN 'client '
			WHEN 3 THEN 'protocol '
		END || known.name), 0) AS site_accounts,
	known.last_day AS last_day_number
FROM known
WHERE known.account_id = (SELECT id FROM account WHERE name = :account)
ORDER BY known.what, known.days DESC, known.last_day DESC, known.name;
