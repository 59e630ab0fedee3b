-- doveadm audit pivot: sessions whose address is between two texts; the caller
-- looks closer.
SELECT	account.name AS account, session.id AS session_row, session.ip,
	session.client, session.standing, session.action, incident.ref AS incident,
	session.first_ms, session.last_ms, session.bodies,
	session.first_time_bodies,
	(SELECT coalesce(sum(old_messages), 0) FROM read
		WHERE read.session_id = session.id) AS old
FROM session
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN incident ON incident.id = session.incident_id
WHERE session.ip >= :from AND session.ip < :to
	AND session.first_ms <= :until AND session.last_ms >= :since;
