-- doveadm audit report: names of messages of one mailbox, of those whose body was read.
SELECT	mailbox_id AS mailbox_row, uid, date_s * 1000 AS date_ms, size, message_id
FROM message
WHERE mailbox_id = :mailbox AND uid BETWEEN :first AND :last
ORDER BY uid;
