-- doveadm audit report: the sessions of an account, session or incident (the other two
-- numbers are 0), and, with :others, what else there was on its account in this
-- time (part 0).
SELECT	session_row, v_session.account, v_session.real_user, v_session.session,
	v_session.service, v_session.ip, v_session.country, v_session.network,
	v_session.as_org, v_session.client, v_session.standing, v_session.first_ms,
	v_session.last_ms, v_session.end_ms, v_session.end_reason, v_session.bodies,
	v_session.first_time_bodies, v_session.body_bytes, v_session.action,
	v_session.enforced, v_session.origin, 1 AS part
FROM session
JOIN v_session ON session_row = session.id
WHERE (session.account_id = :account OR session.id = :session OR
       session.incident_id = :incident)
  AND session.last_ms >= :since AND session.first_ms <= :until
UNION ALL
SELECT	* FROM (
	SELECT	session_row, v_session.account, v_session.real_user,
		v_session.session, v_session.service, v_session.ip,
		v_session.country, v_session.network, v_session.as_org,
		v_session.client, v_session.standing, v_session.first_ms,
		v_session.last_ms, v_session.end_ms, v_session.end_reason,
		v_session.bodies, v_session.first_time_bodies,
		v_session.body_bytes, v_session.action, v_session.enforced,
		v_session.origin, 0 AS part
	FROM session
	JOIN v_session ON session_row = session.id
	WHERE session.account_id IN (
			SELECT account_id FROM session WHERE id = :session
			UNION ALL SELECT account_id FROM incident
			WHERE id = :incident AND kind = 'account')
	  AND session.id <> :session
	  AND session.incident_id IS NOT nullif(:incident, 0)
	  AND session.last_ms >= :since AND session.first_ms <= :until
	  AND :others
	ORDER BY session.last_ms DESC
	LIMIT 2000)
ORDER BY part DESC, 12;
