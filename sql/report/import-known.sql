-- doveadm audit import: does the record have that login? By the key that the import
-- gives it; by Dovecot's session id, as its mail process told it live, or a log in
-- another form; without such an id by address and time.
SELECT	origin, end_reason
FROM session
WHERE key = :key
UNION ALL
SELECT	origin, end_reason
FROM session
WHERE session_id = nullif(:session, '')
  AND account_id = (SELECT id FROM account WHERE name = :account)
  AND first_ms BETWEEN :at - 3600000 AND :at + 3600000
UNION ALL
SELECT	origin, end_reason
FROM session
WHERE ip = :ip AND first_ms BETWEEN :at - 2000 AND :at + 2000
  AND (:session = '' OR session_id IS NULL)
  AND service = :service
  AND account_id = (SELECT id FROM account WHERE name = :account);
