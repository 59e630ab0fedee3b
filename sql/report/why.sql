-- doveadm audit why: an incident and the verdicts of it, or the verdicts on a
-- session (the other number is 0), oldest first. text: the reasons, one a line.
SELECT	'incident' AS what, opened_ms AS at_ms, NULL AS session, incident,
	NULL AS rule, action, enforced, NULL AS mode, summary AS text
FROM v_incident
WHERE incident_row = :incident
UNION ALL
SELECT	* FROM (
	SELECT	'verdict', v_verdict.at_ms, coalesce(session, session_row),
		incident, v_verdict.rule, v_verdict.action, v_verdict.enforced,
		v_verdict.mode, v_verdict.reasons
	FROM verdict
	JOIN v_verdict ON verdict_row = verdict.id
	WHERE verdict.session_id = :session OR verdict.incident_id = :incident
		OR verdict.session_id IN (SELECT id FROM session
			WHERE incident_id = :incident)
	ORDER BY v_verdict.at_ms, verdict_row);
