-- doveadm audit report: what these sessions searched for.
SELECT	search.at_ms, mailbox.name AS mailbox, search.categories, search.terms,
	search.hits
FROM session
JOIN search ON search.session_id = session.id
LEFT JOIN mailbox ON mailbox.id = search.mailbox_id
WHERE (session.account_id = :account OR session.id = :session OR
       session.incident_id = :incident)
  AND search.at_ms BETWEEN :since AND :until
ORDER BY search.at_ms;
