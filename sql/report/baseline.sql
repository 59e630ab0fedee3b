-- doveadm audit baseline: one row, what is known of an account as a whole and how
-- many accounts there are to compare it with. life: the engine's own words.
SELECT	id AS account_row, name AS account, first_ms, last_ms,
	sessions AS quiet_sessions,
	(SELECT count(*) FROM session WHERE account_id = account.id) AS all_sessions,
	(SELECT CAST(state AS INTEGER) FROM site WHERE key = 'site') AS site_accounts,
	life
FROM account
WHERE name = :account;
