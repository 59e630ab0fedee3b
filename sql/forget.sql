-- The statements of core/store/forget.c: all that is kept about one account. Each is
-- run until it touches fewer rows than :max. They return keys as those of keep.sql.
-- :id of the account, 0 if it never logged in; :name.

-- name: forget_account
DELETE FROM account WHERE id = :id AND :max > 0
RETURNING id, sealed;

-- name: forget_read
DELETE FROM read WHERE (session_id, mailbox_id, kind) IN (
	SELECT read.session_id, read.mailbox_id, read.kind
	FROM session JOIN read ON read.session_id = session.id
	WHERE session.account_id = :id LIMIT :max)
RETURNING session_id, mailbox_id, kind, sealed;
-- name: forget_search
DELETE FROM search WHERE (session_id, at_ms, mailbox_id, terms) IN (
	SELECT search.session_id, search.at_ms, search.mailbox_id, search.terms
	FROM session JOIN search ON search.session_id = session.id
	WHERE session.account_id = :id LIMIT :max)
RETURNING session_id, at_ms, mailbox_id, terms, sealed;
-- name: forget_verdict
DELETE FROM verdict WHERE id IN (
	SELECT verdict.id FROM session JOIN verdict ON verdict.session_id = session.id
	WHERE session.account_id = :id LIMIT :max)
RETURNING id, sealed;
-- name: forget_session
DELETE FROM session WHERE id IN (
	SELECT id FROM session WHERE account_id = :id LIMIT :max)
RETURNING id, sealed;

-- What the engine knows of it.
-- name: forget_known
DELETE FROM known WHERE (account_id, what, name) IN (
	SELECT account_id, what, name FROM known WHERE account_id = :id LIMIT :max)
RETURNING 1;
-- name: forget_daily
DELETE FROM daily WHERE (account_id, day) IN (
	SELECT account_id, day FROM daily WHERE account_id = :id LIMIT :max)
RETURNING 1;
-- name: forget_seen
DELETE FROM seen WHERE (account_id, mailbox_id) IN (
	SELECT account_id, mailbox_id FROM seen WHERE account_id = :id LIMIT :max)
RETURNING 1;

-- Its mailboxes. What others were given of them stays theirs, without a name.
-- name: forget_message
DELETE FROM message WHERE (mailbox_id, uid) IN (
	SELECT message.mailbox_id, message.uid
	FROM mailbox JOIN message ON message.mailbox_id = mailbox.id
	WHERE mailbox.owner = :name LIMIT :max)
RETURNING mailbox_id, uid, sealed;
-- name: forget_mailbox
DELETE FROM mailbox WHERE id IN (
	SELECT id FROM mailbox
	WHERE owner = :name
		AND NOT EXISTS (SELECT 1 FROM read WHERE read.mailbox_id = mailbox.id)
		AND NOT EXISTS (SELECT 1 FROM search WHERE search.mailbox_id = mailbox.id)
		AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.mailbox_id = mailbox.id)
	LIMIT :max)
RETURNING id, sealed;
-- name: forget_read_name
UPDATE read SET name = '' WHERE (session_id, mailbox_id, kind) IN (
	SELECT read.session_id, read.mailbox_id, read.kind
	FROM mailbox JOIN read ON read.mailbox_id = mailbox.id
	WHERE mailbox.owner = :name AND read.name <> '' LIMIT :max)
RETURNING session_id, mailbox_id, kind, sealed;
-- name: forget_mailbox_name
UPDATE mailbox SET owner = '', name = '' WHERE id IN (
	SELECT id FROM mailbox WHERE owner = :name LIMIT :max)
RETURNING id, sealed;

-- Rows under its name.
-- name: forget_failed
DELETE FROM failed WHERE (day, ip, name) IN (
	SELECT day, ip, name FROM failed WHERE name = :name LIMIT :max)
RETURNING day, ip, name, sealed;
-- name: forget_gap
DELETE FROM gap WHERE id IN (
	SELECT id FROM gap WHERE account = :name LIMIT :max)
RETURNING id, sealed;
-- name: forget_canary
DELETE FROM canary WHERE id IN (
	SELECT id FROM canary WHERE account = :name LIMIT :max)
RETURNING id, sealed;
-- name: forget_block
DELETE FROM block WHERE id IN (
	SELECT id FROM block WHERE account = :name LIMIT :max)
RETURNING id, sealed;
-- name: forget_order
DELETE FROM standing_order WHERE id IN (
	SELECT id FROM standing_order WHERE account = :name LIMIT :max)
RETURNING id, sealed;
-- name: forget_notification
DELETE FROM notification WHERE id IN (
	SELECT id FROM notification
	WHERE account = :name OR (state <> 'waiting' AND instr(body, :name) > 0)
	LIMIT :max)
RETURNING 1;

-- Of its incidents the number and the times remain, of campaigns what they did to
-- others.
-- name: forget_incident
UPDATE incident SET
	account_id = 0, country = NULL, network = '', client = NULL, sessions = 0,
	bodies = 0, first_time_bodies = 0, summary = 'forgotten', state = 'closed'
WHERE id IN (
	SELECT id FROM incident WHERE account_id = :id AND :id <> 0 LIMIT :max)
RETURNING id, sealed;
-- name: forget_incident_account
DELETE FROM incident_account WHERE (incident_id, account) IN (
	SELECT incident_id, account FROM incident_account WHERE account = :name LIMIT :max)
RETURNING incident_id, account, sealed;
-- name: forget_campaign
UPDATE incident SET summary = replace(summary, 'last ' || substr(:name, 1, 60) || ',',
	'last a forgotten account,')
WHERE id IN (
	SELECT id FROM incident
	WHERE kind = 'campaign'
		AND instr(summary, 'last ' || substr(:name, 1, 60) || ',') > 0
	LIMIT :max)
RETURNING id, sealed;

-- Who asked about it stays, that it was about this one does not.
-- name: forget_inquiry
UPDATE inquiry SET about = 'a forgotten account' WHERE id IN (
	SELECT id FROM inquiry
	WHERE instr(' ' || about || ' ', ' ' || :name || ' ') > 0 LIMIT :max)
RETURNING id, sealed;
