-- doveadm audit incidents: newest first.
SELECT	incident, account, country, network, client, state, action, enforced,
	opened_ms, last_ms, sessions, bodies, first_time_bodies, summary
FROM v_incident
WHERE account GLOB :mask AND last_ms >= :since AND opened_ms <= :until
ORDER BY last_ms DESC
LIMIT :limit;
