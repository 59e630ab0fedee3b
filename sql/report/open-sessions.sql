-- doveadm audit scope: how many of the sessions may read on.
SELECT	count(*) AS sessions
FROM session
WHERE (account_id = :account OR id = :session OR incident_id = :incident)
  AND end_ms IS NULL;
