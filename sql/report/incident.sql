-- doveadm audit incidents show: the story of one incident, line by line, and the next
-- commands to type.
WITH one AS (SELECT * FROM v_incident WHERE incident_row = :incident)
SELECT what, text FROM (
	SELECT 1 AS place, 'incident' AS what, incident || ', ' || state ||
		iif(finding <> 'none', ', ' || finding, '') ||
		iif(decided_by IS NOT NULL, ' by ' || decided_by || ' at ' || decided_at, '')
		AS text FROM one
	UNION ALL SELECT 2, 'account', iif(kind = 'campaign', accounts || ' accounts', account)
		FROM one
	UNION ALL SELECT 3, 'when', opened_at || ' to ' || last_at FROM one
	UNION ALL SELECT 4, 'from', ifnull(country, 'unknown country') || ' ' || network ||
		ifnull(', client ' || client, '') FROM one
	UNION ALL SELECT 5, 'usual', group_concat(name, ', ') FROM (
		SELECT name FROM v_known
		WHERE account = (SELECT account FROM one) AND what IN ('country', 'network')
		ORDER BY days DESC LIMIT 4)
	UNION ALL SELECT 6, 'story', summary FROM one
	UNION ALL SELECT 7, 'done', iif(enforced, action, 'nothing was done: only recorded')
		FROM one
	UNION ALL SELECT 8, 'read', bodies || ' messages, ' || first_time_bodies ||
		' of them for the first time, in ' || sessions || ' sessions' FROM one
	UNION ALL SELECT 9, 'block', 'block ' || block || ' of ' || network || ', client ' ||
		client || ', ' || state || ', by ' || made_by || ', ' || ends ||
		ifnull(', ' || note, '')
		FROM v_block WHERE incident = (SELECT incident FROM one)
	UNION ALL SELECT 10, 'lock', 'order ' || order_row || ' for ' || account || ', ' ||
		state || ', by ' || made_by
		FROM v_order WHERE kind = 'lock' AND incident = (SELECT incident FROM one)
	UNION ALL SELECT 11, 'next', 'doveadm audit why ' || incident FROM one
	UNION ALL SELECT 12, 'next', 'doveadm audit accept ' || incident ||
		' (it was legitimate)' FROM one WHERE state = 'open'
	UNION ALL SELECT 13, 'next', 'doveadm audit confirm ' || incident ||
		' (it was theft)' FROM one WHERE state = 'open' AND finding = 'none'
	UNION ALL SELECT 14, 'next', 'doveadm audit incidents reopen ' || incident
		FROM one WHERE state = 'closed'
)
WHERE text IS NOT NULL
ORDER BY place;
