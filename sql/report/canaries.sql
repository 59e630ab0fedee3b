-- doveadm audit canary list (and remove, with :canary): those that are watched, or
-- (:all = 1) all that were ever planted.
SELECT	canary, account, mailbox, uid, state, armed_ms, tripped, tripped_ms, incident,
	swept, subject, message_id, made_ms, made_by, removed_ms, removed_by,
	guid, uidvalidity
FROM v_canary
WHERE account GLOB :mask AND (:all OR state <> 'removed')
	AND (:canary IS NULL OR canary = :canary)
ORDER BY canary DESC;
