-- doveadm audit export account: days. A column whose name ends in "#" is a number.
SELECT date(daily.day * 86400, 'unixepoch') AS day, daily.bodies AS "bodies#",
	daily.stale AS "old#", daily.headers AS "headers#"
FROM account
JOIN daily ON daily.account_id = account.id
WHERE account.name = :account
ORDER BY daily.day;
