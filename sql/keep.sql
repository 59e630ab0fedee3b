-- The statements of core/store/keep.c: what becomes too old.
--
-- look_…: the next rows of a table in an order, due or not, so that a look never
-- takes longer than :max rows take. at, key, sub: where it goes on. :limit is the
-- time before which things are old; :spare 0 all incidents keep what is theirs, 1
-- open ones, 2 none.
-- drop_…: at most :max rows of one key; returns their keys, as core/store/chain.h
-- wants them.

-- What a session read and searched. A row for each session, by its last fact.
-- name: look_reads
SELECT last_ms AS at, id AS key, 0 AS sub,
	end_ms IS NOT NULL
	AND NOT (:spare < 2 AND incident_id IS NOT NULL AND EXISTS (
		SELECT 1 FROM incident
		LEFT JOIN incident AS campaign ON campaign.id = incident.joined_id
		WHERE incident.id = session.incident_id
			AND (:spare = 0 OR incident.state = 'open'
				OR campaign.state = 'open')))
	AND (EXISTS (SELECT 1 FROM read WHERE read.session_id = session.id)
		OR EXISTS (SELECT 1 FROM search WHERE search.session_id = session.id)) AS due
FROM session
WHERE (last_ms, id) > (:at, :key) AND last_ms < :limit
ORDER BY last_ms, id
LIMIT :max;

-- name: drop_read
DELETE FROM read WHERE session_id = :key AND (mailbox_id, kind) IN (
	SELECT mailbox_id, kind FROM read WHERE session_id = :key LIMIT :max)
RETURNING session_id, mailbox_id, kind, sealed;
-- name: drop_search
DELETE FROM search WHERE session_id = :key AND (at_ms, mailbox_id, terms) IN (
	SELECT at_ms, mailbox_id, terms FROM search WHERE session_id = :key LIMIT :max)
RETURNING session_id, at_ms, mailbox_id, terms, sealed;

-- Those whose session was never written.
-- name: look_lost_reads
SELECT first_ms AS at, session_id AS key, 0 AS sub,
	NOT EXISTS (SELECT 1 FROM session WHERE session.id = read.session_id) AS due
FROM read
WHERE (first_ms, session_id) > (:at, :key) AND first_ms < :limit
ORDER BY first_ms, session_id
LIMIT :max;
-- name: look_lost_searches
SELECT at_ms AS at, session_id AS key, 0 AS sub,
	NOT EXISTS (SELECT 1 FROM session WHERE session.id = search.session_id) AS due
FROM search
WHERE (at_ms, session_id) > (:at, :key) AND at_ms < :limit
ORDER BY at_ms, session_id
LIMIT :max;

-- name: look_sessions
SELECT last_ms AS at, id AS key, 0 AS sub,
	end_ms IS NOT NULL
	AND NOT (:spare < 2 AND incident_id IS NOT NULL AND EXISTS (
		SELECT 1 FROM incident
		LEFT JOIN incident AS campaign ON campaign.id = incident.joined_id
		WHERE incident.id = session.incident_id
			AND (:spare = 0 OR incident.state = 'open'
				OR campaign.state = 'open')))
	AND NOT EXISTS (SELECT 1 FROM read WHERE read.session_id = session.id)
	AND NOT EXISTS (SELECT 1 FROM search WHERE search.session_id = session.id) AS due
FROM session
WHERE (last_ms, id) > (:at, :key) AND last_ms < :limit
ORDER BY last_ms, id
LIMIT :max;
-- name: drop_verdict_of_session
DELETE FROM verdict WHERE id IN (
	SELECT id FROM verdict WHERE session_id = :key LIMIT :max)
RETURNING id, sealed;
-- name: drop_session
DELETE FROM session WHERE id = :key AND :max > 0
RETURNING id, sealed;

-- What is left of an account that was being forgotten when the service ended.
-- name: look_forgotten
SELECT id AS at, id AS key, 0 AS sub,
	end_ms IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM account WHERE account.id = session.account_id) AS due
FROM session WHERE id > :at ORDER BY id LIMIT :max;

-- name: look_verdicts
SELECT at_ms AS at, id AS key, 0 AS sub,
	NOT EXISTS (SELECT 1 FROM session WHERE session.id = verdict.session_id)
	AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.id = verdict.incident_id) AS due
FROM verdict
WHERE (at_ms, id) > (:at, :key) AND at_ms < :limit
ORDER BY at_ms, id
LIMIT :max;
-- name: drop_verdict
DELETE FROM verdict WHERE id = :key AND :max > 0
RETURNING id, sealed;

-- Failed logins, a day at a time.
-- name: look_failed
SELECT day AS at, day AS key, 0 AS sub, 1 AS due
FROM failed
WHERE day > :at AND day < :limit_day
ORDER BY day
LIMIT 1;
-- name: drop_failed
DELETE FROM failed WHERE day = :key AND (ip, name) IN (
	SELECT ip, name FROM failed WHERE day = :key LIMIT :max)
RETURNING day, ip, name, sealed;

-- A part of a campaign goes after the campaign.
-- name: look_incidents
SELECT last_ms AS at, id AS key, 0 AS sub,
	state = 'closed'
	AND NOT EXISTS (SELECT 1 FROM incident AS campaign
		WHERE campaign.id = incident.joined_id) AS due
FROM incident
WHERE (last_ms, id) > (:at, :key) AND last_ms < :limit
ORDER BY last_ms, id
LIMIT :max;
-- name: drop_incident_account
DELETE FROM incident_account WHERE incident_id = :key AND account IN (
	SELECT account FROM incident_account WHERE incident_id = :key LIMIT :max)
RETURNING incident_id, account, sealed;
-- name: drop_incident
DELETE FROM incident WHERE id = :key AND :max > 0
RETURNING id, sealed;

-- What was decided. These tables are small: all of them is looked at.
-- name: look_blocks
SELECT id AS at, id AS key, 0 AS sub,
	coalesce(lifted_ms, until_ms) < :limit
	AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.id = block.incident_id) AS due
FROM block WHERE id > :at ORDER BY id LIMIT :max;
-- name: drop_block
DELETE FROM block WHERE id = :key AND :max > 0
RETURNING id, sealed;
-- name: look_orders
SELECT id AS at, id AS key, 0 AS sub,
	ifnull(coalesce(lifted_ms, until_ms) < :limit, 0)
	AND NOT EXISTS (SELECT 1 FROM incident
		WHERE incident.id = standing_order.incident_id) AS due
FROM standing_order WHERE id > :at ORDER BY id LIMIT :max;
-- name: drop_order
DELETE FROM standing_order WHERE id = :key AND :max > 0
RETURNING id, sealed;
-- name: look_canaries
SELECT id AS at, id AS key, 0 AS sub,
	ifnull(removed_ms < :limit, 0)
	AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.id = canary.incident_id) AS due
FROM canary WHERE id > :at ORDER BY id LIMIT :max;
-- name: drop_canary
DELETE FROM canary WHERE id = :key AND :max > 0
RETURNING id, sealed;
-- name: look_gaps
SELECT until_ms AS at, id AS key, 0 AS sub, 1 AS due
FROM gap
WHERE (until_ms, id) > (:at, :key) AND until_ms < :limit
ORDER BY until_ms, id
LIMIT :max;
-- name: drop_gap
DELETE FROM gap WHERE id = :key AND :max > 0
RETURNING id, sealed;
-- name: look_inquiries
SELECT at_ms AS at, id AS key, 0 AS sub, 1 AS due
FROM inquiry
WHERE (at_ms, id) > (:at, :key) AND at_ms < :limit
ORDER BY at_ms, id
LIMIT :max;
-- name: drop_inquiry
DELETE FROM inquiry WHERE id = :key AND :max > 0
RETURNING id, sealed;
-- name: look_notifications
SELECT made_ms AS at, id AS key, 0 AS sub, state <> 'waiting' AS due
FROM notification
WHERE (made_ms, id) > (:at, :key) AND made_ms < :limit
ORDER BY made_ms, id
LIMIT :max;
-- name: drop_notification
DELETE FROM notification WHERE id = :key AND :max > 0
RETURNING 1;

-- Sessions that incidents keep, and what they read, bodies and parts only: the
-- names of these messages stay.
-- name: look_evidence
SELECT incident_id AS at, id AS key, 0 AS sub,
	last_ms < :limit AND :spare < 2 AND EXISTS (
		SELECT 1 FROM incident
		LEFT JOIN incident AS campaign ON campaign.id = incident.joined_id
		WHERE incident.id = session.incident_id
			AND (:spare = 0 OR incident.state = 'open'
				OR campaign.state = 'open')) AS due
FROM session INDEXED BY session_by_incident
WHERE incident_id IS NOT NULL AND (incident_id, id) > (:at, :key)
ORDER BY incident_id, id
LIMIT :max;
-- name: evidence
SELECT mailbox_id, uids FROM read
WHERE session_id = :key AND kind IN ('body', 'part');

-- name: look_messages
SELECT last_ms AS at, mailbox_id AS key, uid AS sub, 1 AS due
FROM message INDEXED BY message_by_time
WHERE (last_ms, mailbox_id, uid) > (:at, :key, :sub) AND last_ms < :limit
ORDER BY last_ms, mailbox_id, uid
LIMIT :max;
-- name: drop_message
DELETE FROM message WHERE mailbox_id = :key AND uid = :sub AND :max > 0
RETURNING mailbox_id, uid, sealed;

-- What nothing refers to any more.
-- name: look_mailboxes
SELECT id AS at, id AS key, 0 AS sub,
	NOT EXISTS (SELECT 1 FROM read WHERE read.mailbox_id = mailbox.id)
	AND NOT EXISTS (SELECT 1 FROM message WHERE message.mailbox_id = mailbox.id)
	AND NOT EXISTS (SELECT 1 FROM search WHERE search.mailbox_id = mailbox.id)
	AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.mailbox_id = mailbox.id) AS due
FROM mailbox WHERE id > :at ORDER BY id LIMIT :max;
-- name: drop_mailbox
DELETE FROM mailbox WHERE id = :key AND :max > 0
RETURNING id, sealed;

-- name: look_accounts
SELECT id AS at, id AS key, 0 AS sub,
	last_ms < :limit
	AND NOT EXISTS (SELECT 1 FROM session WHERE session.account_id = account.id)
	AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.account_id = account.id) AS due
FROM account WHERE id > :at ORDER BY id LIMIT :max;
-- name: drop_known
DELETE FROM known WHERE account_id = :key AND (what, name) IN (
	SELECT what, name FROM known WHERE account_id = :key LIMIT :max)
RETURNING 1;
-- name: drop_daily
DELETE FROM daily WHERE account_id = :key AND day IN (
	SELECT day FROM daily WHERE account_id = :key LIMIT :max)
RETURNING 1;
-- name: drop_seen
DELETE FROM seen WHERE account_id = :key AND mailbox_id IN (
	SELECT mailbox_id FROM seen WHERE account_id = :key LIMIT :max)
RETURNING 1;
-- name: drop_account
DELETE FROM account WHERE id = :key AND :max > 0
RETURNING id, sealed;

-- The size.

-- name: oldest_ms
SELECT ifnull(min(last_ms), 0) FROM session WHERE end_ms IS NOT NULL;
-- name: page_size
PRAGMA page_size;
-- name: page_count
PRAGMA page_count;
-- name: free_pages
PRAGMA freelist_count;
-- name: auto_vacuum
PRAGMA auto_vacuum;
-- name: vacuum_some
PRAGMA incremental_vacuum(64);

-- Addresses. An address is one without "/"; a session of an incident keeps its own.

-- name: look_addresses
SELECT last_ms AS at, id AS key, 0 AS sub,
	end_ms IS NOT NULL AND ip IS NOT NULL AND instr(ip, '/') = 0
	AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.id = session.incident_id) AS due
FROM session
WHERE (last_ms, id) > (:at, :key) AND last_ms < :limit
ORDER BY last_ms, id
LIMIT :max;
-- name: address_of_session
SELECT ip FROM session WHERE id = :key;
-- name: reduce_session
UPDATE session SET ip = nullif(:address, ''), port = NULL WHERE id = :key
RETURNING id, sealed;

-- name: look_networks
SELECT last_ms AS at, id AS key, 0 AS sub,
	end_ms IS NOT NULL AND ip IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.id = session.incident_id) AS due
FROM session
WHERE (last_ms, id) > (:at, :key) AND last_ms < :limit
ORDER BY last_ms, id
LIMIT :max;
-- name: drop_address
UPDATE session SET ip = NULL, port = NULL, located = 0, lat = 0, lon = 0, radius_km = 0
WHERE id = :key AND :max > 0
RETURNING id, sealed;

-- Failed logins of a day, into rows of less of the address.
-- name: look_failed_addresses
SELECT day AS at, day AS key, 0 AS sub, 1 AS due
FROM failed
WHERE day > :at AND day < :limit_day
ORDER BY day
LIMIT 1;
-- name: failed_addresses
SELECT ip, name, '' FROM failed
WHERE day = :key AND ip <> '' AND instr(ip, '/') = 0 AND ip <> ifnull(network, '');
-- name: failed_networks
SELECT ip, name, ifnull(network, '') FROM failed
WHERE day = :key AND ip <> '' AND ip <> ifnull(network, '');
-- name: add_failed_at
INSERT INTO failed (day, ip, name, known_account, count, first_ms, last_ms, country, network)
SELECT day, :address, name, known_account, count, first_ms, last_ms, country, network
FROM failed
WHERE day = :key AND ip = :ip AND name = :name
ON CONFLICT (day, ip, name) DO UPDATE SET
	known_account = max(known_account, excluded.known_account),
	count = count + excluded.count,
	first_ms = min(first_ms, excluded.first_ms),
	last_ms = max(last_ms, excluded.last_ms)
RETURNING day, ip, name, sealed;
-- name: drop_failed_at
DELETE FROM failed WHERE day = :key AND ip = :ip AND name = :name
RETURNING day, ip, name, sealed;
