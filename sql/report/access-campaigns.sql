-- doveadm audit export account: campaigns. A column whose name ends in "#" is a number.
SELECT incident, part, first_at, last_at
FROM v_incident_account
WHERE account = :account
ORDER BY first_ms;
