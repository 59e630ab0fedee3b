-- doveadm audit exposure: what is known of a message that is gone.
SELECT	message.message_id, message.date_s * 1000 AS date_ms
FROM mailbox
JOIN message ON message.mailbox_id = mailbox.id AND message.uid = :uid
WHERE mailbox.guid = :guid AND mailbox.uidvalidity = :uidvalidity;
