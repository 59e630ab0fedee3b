-- doveadm audit export account: messages. A column whose name ends in "#" is a number.
SELECT mailbox, uid AS "uid#", message_id, size AS "size#", date
FROM v_message
WHERE owner = :account
ORDER BY mailbox, uid;
