-- doveadm audit backtest: the facts of all sessions that were alive at or after
-- :since, and failed logins since then, in order of time (at_ms: when it began;
-- a session's end when it ended). Five walks along indexes are merged as they go:
-- nothing is sorted, so the first row comes at once, however many there are.
-- first_ms, last_ms: of the fact. lists: header fields that tell more than a list of
-- messages shows. count: failed logins of that day, address and
-- name together. messages: also, at the end of a session that an old log told of, how
-- many it opened.
WITH earliest (ms) AS MATERIALIZED (
	SELECT min(first_ms) FROM session INDEXED BY session_by_time
	WHERE last_ms >= :since)
SELECT	session.first_ms AS at_ms, 1 AS step, 'login' AS what,
	account.name AS account, session.id AS session_row,
	session.first_ms AS first_ms, session.last_ms AS last_ms,
	session.ip, session.country, session.asn, session.as_org,
	session.network, session.located, session.lat, session.lon,
	session.radius_km, session.private_ip, session.net_class,
	session.client, session.service, session.real_user,
	session.confirmed, session.standing,
	NULL AS end_reason, NULL AS mailbox_id, NULL AS kind, NULL AS uids,
	NULL AS messages, NULL AS first_time, NULL AS stale,
	NULL AS old_messages, NULL AS lists, NULL AS terms, NULL AS hits,
	NULL AS count, NULL AS categories, session.origin
FROM session INDEXED BY session_by_start
CROSS JOIN account ON account.id = session.account_id
WHERE session.first_ms >= (SELECT ms FROM earliest) AND session.last_ms >= :since
UNION ALL
SELECT	read.first_ms, 2, 'read', account.name, session.id,
	read.first_ms, read.last_ms,
	session.ip, session.country, session.asn, session.as_org,
	session.network, session.located, session.lat, session.lon,
	session.radius_km, session.private_ip, session.net_class,
	session.client, session.service, session.real_user,
	session.confirmed, session.standing,
	NULL, read.mailbox_id, read.kind, read.uids,
	read.messages, read.first_time, read.stale,
	read.old_messages,
	read.fields_wide OR instr(coalesce(read.fields, ''), 'envelope') > 0, NULL, NULL, NULL, NULL, session.origin
FROM read INDEXED BY read_by_start
CROSS JOIN session ON session.id = read.session_id
CROSS JOIN account ON account.id = session.account_id
WHERE read.first_ms >= (SELECT ms FROM earliest) AND session.last_ms >= :since
UNION ALL
SELECT	search.at_ms, 3, 'search', account.name, session.id,
	search.at_ms, search.at_ms,
	session.ip, session.country, session.asn, session.as_org,
	session.network, session.located, session.lat, session.lon,
	session.radius_km, session.private_ip, session.net_class,
	session.client, session.service, session.real_user,
	session.confirmed, session.standing,
	NULL, search.mailbox_id, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, search.terms, search.hits, NULL,
	search.categories, session.origin
FROM search INDEXED BY search_by_time
CROSS JOIN session ON session.id = search.session_id
CROSS JOIN account ON account.id = session.account_id
WHERE search.at_ms >= (SELECT ms FROM earliest) AND session.last_ms >= :since
UNION ALL
SELECT	session.end_ms, 4, 'end', account.name, session.id,
	session.first_ms, session.last_ms,
	session.ip, session.country, session.asn, session.as_org,
	session.network, session.located, session.lat, session.lon,
	session.radius_km, session.private_ip, session.net_class,
	session.client, session.service, session.real_user,
	session.confirmed, session.standing,
	session.end_reason, NULL, NULL, NULL,
	iif(session.origin = 'log', session.bodies, NULL), NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, session.origin
FROM session INDEXED BY session_by_end
CROSS JOIN account ON account.id = session.account_id
WHERE session.end_ms >= (SELECT ms FROM earliest) AND session.last_ms >= :since
UNION ALL
SELECT	failed.first_ms, 5, 'failed', failed.name, NULL,
	failed.first_ms, failed.last_ms,
	failed.ip, failed.country, NULL, NULL,
	failed.network, NULL, NULL, NULL,
	NULL, NULL, NULL,
	NULL, NULL, NULL,
	NULL, NULL,
	NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, failed.count, NULL, NULL
FROM failed INDEXED BY failed_by_start
WHERE failed.first_ms >= :since
ORDER BY at_ms, step;
