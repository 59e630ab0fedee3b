-- doveadm audit scope: names that messages of one mailbox had when they were read,
-- from one UID to another.
SELECT	uid, message_id, size, date_s
FROM message
WHERE mailbox_id = :mailbox AND uid >= :first AND uid <= :last
ORDER BY uid;
