-- doveadm audit export incidents: one page, see export-sessions.sql.
SELECT	incident.sealed AS link, incident.id AS incident_row, NULL AS key2, NULL AS key3,
	NULL AS key4, 'incident-' || incident.id AS id, incident.ref AS incident,
	incident.kind, account.name AS account,
	incident.accounts, incident.country, incident.network, incident.source,
	incident.client, incident.state, incident.action, incident.enforced,
	incident.opened_ms, incident.last_ms, incident.sessions, incident.bodies,
	incident.first_time_bodies, incident.summary, incident.finding,
	incident.decided_ms, incident.decided_by, former.ref AS former,
	joined.ref AS joined
FROM incident INDEXED BY incident_by_link
LEFT JOIN account ON account.id = incident.account_id
LEFT JOIN incident AS former ON former.id = incident.former_id
LEFT JOIN incident AS joined ON joined.id = incident.joined_id
WHERE (incident.sealed, incident.id) > (:link, :key1) AND incident.sealed <= :upto
ORDER BY incident.sealed, incident.id
LIMIT :limit;
