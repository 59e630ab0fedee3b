-- doveadm audit scope: the reads of one account, session or incident (the other
-- two numbers are 0), those of one mailbox together. An account's own mailboxes
-- come before those of others.
SELECT	v_read.mailbox, v_read.owner, mailbox_guid, uidvalidity, kind, uids,
	bytes, v_read.first_ms, v_read.last_ms
FROM session
JOIN v_read ON v_read.session_row = session.id
WHERE (session.account_id = :account OR session.id = :session OR
       session.incident_id = :incident)
  AND v_read.last_ms >= :since AND v_read.first_ms <= :until
  AND (:kind = '' OR kind = :kind)
ORDER BY v_read.owner <> v_read.account, v_read.owner, mailbox_guid,
	uidvalidity, v_read.last_ms DESC;
