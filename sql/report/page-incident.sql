-- doveadm audit report: the incident that the page is about.
SELECT	incident, kind, state, finding, opened_ms, decided_by, decided_ms, accounts,
	joined
FROM v_incident
WHERE incident_row = :incident;
