-- doveadm audit export account: opened. A column whose name ends in "#" is a number.
SELECT mailbox.name AS mailbox, mailbox.owner, seen.uids, seen.strange AS by_unfamiliar
FROM account
JOIN seen ON seen.account_id = account.id
LEFT JOIN mailbox ON mailbox.id = seen.mailbox_id
WHERE account.name = :account;
