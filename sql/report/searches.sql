-- doveadm audit searches: what the sessions of one account, session or incident (the
-- other two numbers are 0; of a campaign, also those of the incidents that it took in)
-- searched for, and what that disclosed in each mailbox.
WITH target (id) AS (
	SELECT id FROM session WHERE account_id = :account
	UNION SELECT id FROM session WHERE id = :session
	UNION SELECT id FROM session WHERE incident_id = :incident
	UNION SELECT session.id
		FROM incident_account
		JOIN account ON account.name = incident_account.account
		JOIN incident ON incident.account_id = account.id
			AND incident.joined_id = :incident
		JOIN session ON session.incident_id = incident.id
		WHERE incident_account.incident_id = :incident)
SELECT	'search' AS what, account.name AS account, session.id AS session_row,
	session.session_id AS session, mailbox.name AS mailbox, mailbox.owner,
	search.categories, search.hits, NULL AS uids, NULL AS messages,
	search.at_ms AS first_ms, search.at_ms AS last_ms, search.terms,
	session.first_ms AS began_ms, mailbox.id AS mailbox_id
FROM target
JOIN session ON session.id = target.id
JOIN search ON search.session_id = session.id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = search.mailbox_id
WHERE search.at_ms BETWEEN :since AND :until
UNION ALL
SELECT	'disclosed', account.name, session.id, session.session_id, read.name,
	mailbox.owner, NULL, NULL, read.uids, read.messages,
	read.first_ms, read.last_ms, NULL, session.first_ms, mailbox.id
FROM target
JOIN session ON session.id = target.id
JOIN read ON read.session_id = session.id AND read.kind = 'search'
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id
WHERE read.last_ms >= :since AND read.first_ms <= :until
ORDER BY began_ms, session_row, mailbox_id, what DESC, first_ms;
