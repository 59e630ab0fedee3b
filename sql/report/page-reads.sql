-- doveadm audit report: what these sessions were given, in the order of time.
SELECT	read.session_id AS session_row, read.mailbox_id AS mailbox_row,
	coalesce(nullif(read.name, ''), mailbox.name, '') AS mailbox, mailbox.owner,
	mailbox.guid AS mailbox_guid, mailbox.uidvalidity, read.kind, read.uids,
	read.messages, read.first_time, read.bytes, read.first_ms, read.last_ms,
	account.name AS account
FROM session
JOIN read ON read.session_id = session.id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id
WHERE (session.account_id = :account OR session.id = :session OR
       session.incident_id = :incident)
  AND read.last_ms >= :since AND read.first_ms <= :until
ORDER BY read.first_ms, read.session_id, read.mailbox_id, read.kind;
