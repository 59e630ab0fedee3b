-- doveadm audit scope: the reads of one account, session or incident (the other two
-- numbers are 0; of a campaign, also those of the incidents that it took in), or of
-- the sessions whose numbers stand in :rows, a JSON array. Those of one mailbox come
-- together, the newest first; an account's own mailboxes before those of others.
WITH target (id) AS (
	SELECT id FROM session WHERE account_id = :account
	UNION SELECT id FROM session WHERE id = :session
	UNION SELECT id FROM session WHERE incident_id = :incident
	UNION SELECT session.id
		FROM incident_account
		JOIN account ON account.name = incident_account.account
		JOIN incident ON incident.account_id = account.id
			AND incident.joined_id = :incident
		JOIN session ON session.incident_id = incident.id
		WHERE incident_account.incident_id = :incident
	UNION SELECT value FROM json_each(:rows))
SELECT	read.name AS mailbox, mailbox.owner, mailbox.guid AS mailbox_guid,
	mailbox.uidvalidity, read.kind, read.uids, read.bytes, read.first_ms,
	read.last_ms, read.mailbox_id, account.name AS account
FROM target
JOIN session ON session.id = target.id
JOIN read ON read.session_id = target.id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id
WHERE read.last_ms >= :since AND read.first_ms <= :until
  AND (:kind = '' OR read.kind = :kind)
ORDER BY mailbox.owner <> account.name, mailbox.owner, mailbox.guid,
	mailbox.uidvalidity, read.last_ms DESC;
