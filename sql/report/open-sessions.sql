-- Is a report complete? How many sessions of one account, or of those that fit a
-- mask, may read on: one row for each account.
SELECT	account.name AS account, count(*) AS sessions
FROM account
JOIN session ON session.account_id = account.id
WHERE account.name = :account AND session.end_ms IS NULL
  AND session.last_ms <= :until
  AND (:session IS NULL OR session.session_id = :session)
GROUP BY account.id
UNION ALL
SELECT	account.name, count(*)
FROM session INDEXED BY session_open
JOIN account ON account.id = session.account_id
WHERE :mask IS NOT NULL AND account.name GLOB :mask
  AND session.end_ms IS NULL AND session.last_ms <= :until
GROUP BY account.id;
