-- doveadm audit export reads: one page, see export-sessions.sql.
SELECT	read.sealed AS link, read.session_id AS session_row, read.mailbox_id AS mailbox_row,
	NULL AS key3, read.kind, 'read-' || read.session_id || '.' || read.mailbox_id ||
	'.' || read.kind AS id, account.name AS account, session.real_user,
	session.session_id AS session, session.service, session.ip, session.port,
	session.client, session.country, session.asn, session.as_org, session.network,
	session.net_class, session.standing, session.action, incident.ref AS incident,
	read.name AS mailbox, mailbox.owner, mailbox.guid AS mailbox_guid,
	mailbox.uidvalidity, read.uids, read.messages, read.first_time, read.stale,
	read.bytes, read.first_ms, read.last_ms, read.old_messages,
	read.oldest_s * 1000 AS oldest_ms, read.newest_s * 1000 AS newest_ms, read.fields
FROM read INDEXED BY read_by_link
LEFT JOIN session ON session.id = read.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN incident ON incident.id = session.incident_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id
WHERE (read.sealed, read.session_id, read.mailbox_id, read.kind) >
	(:link, :key1, :key2, :key4) AND read.sealed <= :upto
ORDER BY read.sealed, read.session_id, read.mailbox_id, read.kind
LIMIT :limit;
