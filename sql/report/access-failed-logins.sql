-- doveadm audit export account: failed logins. A column whose name ends in "#" is a number.
SELECT day, ip, count AS "count#", first_at, last_at, country, network
FROM v_failed_login
WHERE name = :account
ORDER BY day_number;
