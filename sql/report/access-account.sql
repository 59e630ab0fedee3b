-- doveadm audit export account: account. A column whose name ends in "#" is a number.
SELECT account, first_at, last_at, quiet_sessions AS "quiet_sessions#", uid AS "uid#"
FROM v_account
WHERE account = :account;
