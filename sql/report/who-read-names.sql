-- doveadm audit who-read: where a Message-ID was read. mid finds it, however many
-- there are.
SELECT	mailbox.id AS mailbox_id, mailbox.name AS mailbox, mailbox.owner,
	message.uid, message.message_id, message.size, message.date_s * 1000 AS date_ms
FROM message
LEFT JOIN mailbox ON mailbox.id = message.mailbox_id
WHERE message.mid = :mid AND message.message_id = :message_id
ORDER BY mailbox.owner, mailbox.id, message.uid;
