-- Is a report complete? How many of the sessions of an incident (also of those that it
-- took in), or of those whose numbers stand in :rows, a JSON array, may read on: one
-- row for each account.
WITH target (id) AS (
	SELECT id FROM session WHERE incident_id = :incident
	UNION SELECT session.id
		FROM incident_account
		JOIN account ON account.name = incident_account.account
		JOIN incident ON incident.account_id = account.id
			AND incident.joined_id = :incident
		JOIN session ON session.incident_id = incident.id
		WHERE incident_account.incident_id = :incident
	UNION SELECT value FROM json_each(:rows))
SELECT	account.name AS account, count(*) AS sessions
FROM target
JOIN session ON session.id = target.id
JOIN account ON account.id = session.account_id
WHERE session.end_ms IS NULL AND session.last_ms <= :until
GROUP BY account.id;
