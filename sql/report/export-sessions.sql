-- doveadm audit export sessions: one page, in the order of the chain's links. The
-- first columns are the link and the key: where the next page goes on.
SELECT	session.sealed AS link, session.id AS session_row, NULL AS key2, NULL AS key3,
	NULL AS key4, 'session-' || session.id AS id, account.name AS account, session.real_user,
	session.session_id AS session, session.service, session.method, session.ip,
	session.port, session.local_ip, session.local_port, session.proxy_ip,
	session.tls, session.client, session.country, session.asn, session.as_org,
	session.network, iif(session.located, session.lat, NULL) AS lat,
	iif(session.located, session.lon, NULL) AS lon,
	iif(session.located, session.radius_km, NULL) AS radius_km,
	session.net_class, session.standing, session.confirmed,
	session.first_ms, session.last_ms, session.end_ms,
	iif(session.end_ms IS NULL, NULL, session.end_reason) AS end_reason,
	iif(session.end_ms IS NULL, NULL, session.end_ms - session.first_ms) AS duration_ms,
	session.action, session.enforced, incident.ref AS incident, session.bodies,
	session.first_time_bodies, session.body_bytes, session.bytes_in,
	session.bytes_out, session.unaudited_ms, session.origin
FROM session INDEXED BY session_by_link
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN incident ON incident.id = session.incident_id
WHERE (session.sealed, session.id) > (:link, :key1) AND session.sealed <= :upto
ORDER BY session.sealed, session.id
LIMIT :limit;
