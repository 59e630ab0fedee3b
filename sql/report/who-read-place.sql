-- doveadm audit who-read: the mailbox that an account calls so, its own or somebody
-- else's that it read, the last one of this name, or the one of that GUID; and what the
-- message is called.
WITH place (id) AS (
	SELECT id FROM mailbox WHERE owner = :account AND name = :mailbox
	UNION SELECT read.mailbox_id
		FROM account
		JOIN session ON session.account_id = account.id
		JOIN read ON read.session_id = session.id AND read.name = :mailbox
		WHERE account.name = :account
	UNION SELECT id FROM mailbox WHERE guid = :guid AND uidvalidity = :uidvalidity)
SELECT	mailbox.id AS mailbox_id, mailbox.name AS mailbox, mailbox.owner, :uid AS uid,
	message.message_id, message.size, message.date_s * 1000 AS date_ms,
	mailbox.guid, mailbox.uidvalidity, message.uid IS NOT NULL AS named
FROM place
JOIN mailbox ON mailbox.id = place.id
LEFT JOIN message ON message.mailbox_id = mailbox.id AND message.uid = :uid
ORDER BY mailbox.id DESC
LIMIT 1;
