-- doveadm audit incidents: newest first. A campaign is that of each of its accounts,
-- and names how many there are.
SELECT	incident, iif(kind = 'campaign', accounts || ' accounts', account) AS account,
	country, network, client, state, action, enforced,
	opened_ms, last_ms, sessions, bodies, first_time_bodies, finding,
	decided_ms, decided_by, summary
FROM v_incident
WHERE last_ms >= :since AND opened_ms <= :until
	AND (account GLOB :mask OR (kind = 'campaign' AND EXISTS (
		SELECT 1 FROM incident_account
		WHERE incident_id = incident_row
			AND incident_account.account GLOB :mask)))
ORDER BY last_ms DESC
LIMIT :limit;
