-- doveadm audit sessions: newest first; those of one :account, or, without it, those
-- whose account fits :mask.
SELECT	session_row, account, real_user, session, service, ip, country, network,
	client, standing, first_ms, last_ms, end_reason, bodies,
	first_time_bodies, body_bytes, action, enforced, incident,
	net_class
FROM v_session
WHERE account = :account AND last_ms >= :since AND first_ms <= :until
UNION ALL
SELECT	session_row, account, real_user, session, service, ip, country, network,
	client, standing, first_ms, last_ms, end_reason, bodies,
	first_time_bodies, body_bytes, action, enforced, incident,
	net_class
FROM v_session
WHERE :account IS NULL AND account GLOB :mask
  AND last_ms >= :since AND first_ms <= :until
ORDER BY last_ms DESC
LIMIT :limit;
