-- doveadm audit export account: incidents. A column whose name ends in "#" is a number.
SELECT incident, country, network, client, state, action, enforced AS "enforced#", opened_at,
	last_at, sessions AS "sessions#", bodies AS "bodies#", summary, finding, decided_at,
	decided_by
FROM v_incident
WHERE account = :account
ORDER BY opened_ms;
