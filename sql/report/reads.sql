-- doveadm audit reads: those of the newest sessions first; of one :account, or, without
-- it, of those that fit :mask. The bounds on the session say nothing new, but its
-- index stands on them.
SELECT	session_row, account, session, mailbox, owner, kind, uids, messages, first_time,
	bytes, first_ms, last_ms, ip, country, network, client
FROM (
	SELECT	r.session_row, r.account, r.session, r.mailbox, r.owner, r.kind, r.uids,
		r.messages, r.first_time, r.bytes, r.first_ms, r.last_ms, r.ip,
		r.country, r.network, r.client, s.last_ms AS newest_ms
	FROM v_session AS s
	JOIN v_read AS r ON r.session_row = s.session_row
	WHERE s.account = :account AND s.last_ms >= :since AND s.first_ms <= :until
	  AND r.last_ms >= :since AND r.first_ms <= :until
	  AND (:kind = '' OR r.kind = :kind)
	UNION ALL
	SELECT	r.session_row, r.account, r.session, r.mailbox, r.owner, r.kind, r.uids,
		r.messages, r.first_time, r.bytes, r.first_ms, r.last_ms, r.ip,
		r.country, r.network, r.client, s.last_ms AS newest_ms
	FROM v_session AS s
	JOIN v_read AS r ON r.session_row = s.session_row
	WHERE :account IS NULL AND s.account GLOB :mask
	  AND s.last_ms >= :since AND s.first_ms <= :until
	  AND r.last_ms >= :since AND r.first_ms <= :until
	  AND (:kind = '' OR r.kind = :kind)
	ORDER BY newest_ms DESC
	LIMIT :limit);
