-- doveadm audit report: the decisions on these sessions, oldest first.
SELECT	v_verdict.at_ms, coalesce(v_verdict.session, v_verdict.session_row) AS session,
	v_verdict.action, v_verdict.enforced, v_verdict.rule, v_verdict.mode,
	v_verdict.reasons
FROM session
JOIN verdict ON verdict.session_id = session.id
JOIN v_verdict ON verdict_row = verdict.id
WHERE (session.account_id = :account OR session.id = :session OR
       session.incident_id = :incident)
  AND verdict.at_ms BETWEEN :since AND :until
ORDER BY verdict.at_ms, verdict.id;
