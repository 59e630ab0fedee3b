-- doveadm audit who-read: all messages of which the account was ever given the body or
-- a part.
SELECT	seen.mailbox_id, seen.uids
FROM account
JOIN seen ON seen.account_id = account.id
WHERE account.name = :account;
