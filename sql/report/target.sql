-- What a person named, of the types that the verb takes: an incident, an
-- account, or a session by Dovecot's id or by our number, in this order of
-- preference. Dovecot's session ids are not unique for ever: the newest is meant.
-- first_ms, last_ms: from its first session to the end of its last, NULL if that
-- may go on.
SELECT	'incident' AS type, incident_row AS id, account,
	coalesce((SELECT min(first_ms) FROM session
		WHERE incident_id = incident_row), opened_ms) AS first_ms,
	(SELECT iif(count(*) = count(end_ms), max(end_ms), NULL) FROM session
		WHERE incident_id = incident_row) AS last_ms,
	NULL AS session, 1 AS preference
FROM v_incident
WHERE :incidents AND incident = upper(:target)
UNION ALL
SELECT	'account', account_row, account, first_ms, NULL, NULL, 2
FROM v_account
WHERE :accounts AND account = :target
UNION ALL
SELECT	'session', session_row, account, first_ms, end_ms, session, 3
FROM v_session
WHERE :sessions AND session = :target
UNION ALL
SELECT	'session', session_row, account, first_ms, end_ms, session, 4
FROM v_session
WHERE :sessions AND session_row = :number
ORDER BY preference, first_ms DESC
LIMIT 1;
