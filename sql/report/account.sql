-- doveadm audit account: what is known of one account.
SELECT	'account' AS what, account AS value, NULL AS days, first_ms, last_ms,
	quiet_sessions || ' quiet sessions' AS note
FROM v_account
WHERE account = :account
UNION ALL
SELECT	what, name, days, NULL, NULL, first_day || ' to ' || last_day
FROM (SELECT * FROM v_known WHERE account = :account
	ORDER BY what <> 'country', what <> 'network', what <> 'client',
		days DESC, name)
UNION ALL
SELECT	'usual', coalesce(max(bodies), 0), count(*), NULL, NULL,
	'most messages read for the first time on one of the last 28 days'
FROM daily
WHERE account_id = (SELECT id FROM account WHERE name = :account)
  AND day > :today - 28
UNION ALL
SELECT	'limit', CAST(max(:floor, :factor * coalesce(max(stale), 0)) AS INTEGER),
	NULL, NULL, NULL, 'old messages that familiar sessions open in 3 days before ' ||
	'it is shown: the larger of ' || :floor || ' and ' || :factor ||
	' x the most on one day, and more than ' || :percent || ' % of the mailbox'
FROM daily
WHERE account_id = (SELECT id FROM account WHERE name = :account)
  AND day > :today - 28
UNION ALL
SELECT	'block', block, NULL, from_ms, until_ms, 'network ' || network ||
	', client ' || client || ', made by ' || made_by
FROM v_block_active
WHERE account = :account
UNION ALL
SELECT	'incident', incident, NULL, opened_ms, last_ms, summary
FROM (SELECT * FROM v_incident WHERE account = :account
	ORDER BY last_ms DESC LIMIT 5)
UNION ALL
SELECT	'session', coalesce(session, session_row), NULL, first_ms, last_ms,
	service || ' from ' || coalesce(ip, 'an unknown address') || ' (' ||
	coalesce(country || ', ', '') || network ||
	iif(net_class = 'unknown', '', ', ' || net_class) || '), ' || standing || ', ' ||
	bodies || ' bodies'
FROM (SELECT * FROM v_session WHERE account = :account
	ORDER BY last_ms DESC LIMIT 10);
