-- doveadm audit report: the accounts of a campaign.
SELECT	account, part, first_ms, last_ms
FROM v_incident_account
WHERE incident = (SELECT ref FROM incident WHERE id = :incident AND kind = 'campaign')
ORDER BY CASE part WHEN 'acted' THEN 0 WHEN 'came' THEN 1 ELSE 2 END, first_ms, account;
