-- doveadm audit why: the verdicts on a session or on an incident (the other
-- number is 0), oldest first. reasons: one a line.
SELECT	v_verdict.at_ms, coalesce(session, session_row) AS session, incident,
	v_verdict.rule, v_verdict.action, v_verdict.enforced, v_verdict.mode,
	v_verdict.reasons
FROM verdict
JOIN v_verdict ON verdict_row = verdict.id
WHERE verdict.session_id = :session OR verdict.incident_id = :incident
ORDER BY v_verdict.at_ms, verdict_row;
