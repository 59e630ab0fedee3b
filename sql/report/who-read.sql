-- doveadm audit who-read: all that was read of one mailbox; the caller picks the rows
-- that hold the message.
SELECT	account.name AS account, session.id AS session_row,
	session.session_id AS session, read.name AS mailbox, mailbox.owner, read.kind,
	read.first_ms, read.last_ms, session.ip, session.country, session.network,
	session.client, session.standing, session.action, incident.ref AS incident,
	read.uids
FROM read
JOIN session ON session.id = read.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id
LEFT JOIN incident ON incident.id = session.incident_id
WHERE read.mailbox_id = :mailbox
  AND read.last_ms >= :since AND read.first_ms <= :until
ORDER BY read.first_ms, read.session_id;
