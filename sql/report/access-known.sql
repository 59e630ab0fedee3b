-- doveadm audit export account: known. A column whose name ends in "#" is a number.
SELECT what, name, days AS "days#", first_day, last_day
FROM v_known
WHERE account = :account
ORDER BY what, last_day DESC;
