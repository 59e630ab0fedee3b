-- doveadm audit searches, without a target: as searches.sql, of all sessions.
SELECT	'search' AS what, account.name AS account, session.id AS session_row,
	session.session_id AS session, mailbox.name AS mailbox, mailbox.owner,
	search.categories, search.hits, NULL AS uids, NULL AS messages,
	search.at_ms AS first_ms, search.at_ms AS last_ms, search.terms,
	session.first_ms AS began_ms, mailbox.id AS mailbox_id
FROM search
JOIN session ON session.id = search.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = search.mailbox_id
WHERE search.at_ms BETWEEN :since AND :until
UNION ALL
SELECT	'disclosed', account.name, session.id, session.session_id, read.name,
	mailbox.owner, NULL, NULL, read.uids, read.messages,
	read.first_ms, read.last_ms, NULL, session.first_ms, mailbox.id
FROM (SELECT DISTINCT session_id, mailbox_id FROM search
	WHERE at_ms BETWEEN :since AND :until) AS searched
JOIN read ON read.session_id = searched.session_id
	AND read.mailbox_id = searched.mailbox_id AND read.kind = 'search'
JOIN session ON session.id = read.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id
ORDER BY began_ms, session_row, mailbox_id, what DESC, first_ms;
