-- doveadm audit who-read: the messages of a mailbox that the record has a name of.
SELECT	uid
FROM message
WHERE mailbox_id = :mailbox;
