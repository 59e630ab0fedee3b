-- doveadm audit pivot: the accounts of a campaign, also those without a session.
SELECT	account, first_ms, last_ms
FROM incident_account
WHERE incident_id = :incident;
