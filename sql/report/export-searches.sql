-- doveadm audit export searches: one page, see export-sessions.sql.
SELECT	search.sealed AS link, search.session_id AS session_row, search.at_ms AS key2,
	search.mailbox_id AS mailbox_row, search.terms, 'search-' || search.session_id ||
	'.' || search.at_ms || '.' || search.mailbox_id AS id, account.name AS account,
	session.real_user, session.session_id AS session, session.service, session.ip,
	session.port, session.client, session.country, session.asn, session.as_org,
	session.network, session.net_class, session.standing, session.action,
	incident.ref AS incident, mailbox.name AS mailbox, mailbox.owner,
	mailbox.guid AS mailbox_guid, mailbox.uidvalidity, search.at_ms,
	search.categories, search.hits
FROM search INDEXED BY search_by_link
LEFT JOIN session ON session.id = search.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN incident ON incident.id = session.incident_id
LEFT JOIN mailbox ON mailbox.id = search.mailbox_id
WHERE (search.sealed, search.session_id, search.at_ms, search.mailbox_id, search.terms) >
	(:link, :key1, :key2, :key3, :key4) AND search.sealed <= :upto
ORDER BY search.sealed, search.session_id, search.at_ms, search.mailbox_id, search.terms
LIMIT :limit;
