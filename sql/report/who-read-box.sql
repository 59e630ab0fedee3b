-- doveadm audit who-read: the number of a mailbox that was found to hold a message, and
-- whether the record has a name of it.
SELECT	mailbox.id AS mailbox_id,
	EXISTS (SELECT 1 FROM message
		WHERE message.mailbox_id = mailbox.id AND message.uid = :uid) AS named
FROM mailbox
WHERE mailbox.guid = :guid AND mailbox.uidvalidity = :uidvalidity;
