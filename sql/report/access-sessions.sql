-- doveadm audit export account: sessions. A column whose name ends in "#" is a number.
SELECT session_row AS "session_row#", real_user, session, service, method, ip, port AS "port#",
	proxy_ip, tls AS "tls#", client, country, asn AS "asn#", as_org, network, lat AS "lat#",
	lon AS "lon#", net_class, standing, first_at, last_at, end_at, end_reason, action,
	enforced AS "enforced#", incident, bodies AS "bodies#",
	first_time_bodies AS "first_time_bodies#", body_bytes AS "body_bytes#",
	bytes_in AS "bytes_in#", bytes_out AS "bytes_out#", origin
FROM v_session
WHERE account = :account
ORDER BY first_ms;
