-- The statements of core/store, by name. A parameter :x and a result column x are
-- the member of that name in core/store/row.c.

-- Connection and schema.

-- name: begin_write
BEGIN IMMEDIATE;
-- name: begin_read
BEGIN;
-- name: commit
COMMIT;
-- name: rollback
ROLLBACK;
-- name: application_id
PRAGMA application_id;
-- name: user_version
PRAGMA user_version;
-- name: journal_mode
PRAGMA journal_mode;
-- name: quick_check
PRAGMA quick_check(1);
-- name: file_bytes
SELECT page_count * page_size FROM pragma_page_count, pragma_page_size;
-- name: last_alive
SELECT ifnull(max(at_ms), 0) FROM alive;
-- name: table_count
SELECT count(*) FROM sqlite_schema;

-- Writing: the whole row, over what is there. What makes a row the row that it
-- is (account of a session, its key …) is written once.

-- name: put_account
INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid, life)
VALUES (:id, :name, :first_ms, :last_ms, :sessions, :uid_known, :uid, :life)
ON CONFLICT (id) DO UPDATE SET
	first_ms = excluded.first_ms,
	last_ms = excluded.last_ms,
	sessions = excluded.sessions,
	uid_known = excluded.uid_known,
	uid = excluded.uid,
	life = excluded.life;

-- name: put_session
INSERT INTO session (
	id, account_id, key, session_id, real_user, service, method,
	ip, port, local_ip, local_port, proxy_ip, tls, client,
	country, asn, as_org, network, located, lat, lon, radius_km, private_ip,
	standing, confirmed, first_ms, last_ms, end_ms, end_reason, paused,
	action, enforced, incident_id, bodies, first_time_bodies, body_bytes,
	bytes_in, bytes_out, lease_granted, lease_spent, unaudited_ms, seq,
	visit, net_class, origin)
VALUES (
	:id, :account_id, :key, :session_id, :real_user, :service, :method,
	:ip, :port, :local_ip, :local_port, :proxy_ip, :tls, :client,
	:country, :asn, :as_org, :network, :located, :lat, :lon, :radius_km, :private_ip,
	:standing, :confirmed, :first_ms, :last_ms, :end_ms, :end_reason, :paused,
	:action, :enforced, :incident_id, :bodies, :first_time_bodies, :body_bytes,
	:bytes_in, :bytes_out, :lease_granted, :lease_spent, :unaudited_ms, :seq,
	:visit, :net_class, :origin)
ON CONFLICT (id) DO UPDATE SET
	key = excluded.key,	-- another one after hibernation
	real_user = excluded.real_user,
	service = excluded.service,
	method = excluded.method,
	ip = excluded.ip,
	port = excluded.port,
	local_ip = excluded.local_ip,
	local_port = excluded.local_port,
	proxy_ip = excluded.proxy_ip,
	tls = excluded.tls,
	client = excluded.client,
	country = excluded.country,
	asn = excluded.asn,
	as_org = excluded.as_org,
	network = excluded.network,
	located = excluded.located,
	lat = excluded.lat,
	lon = excluded.lon,
	radius_km = excluded.radius_km,
	private_ip = excluded.private_ip,
	standing = excluded.standing,
	confirmed = excluded.confirmed,
	first_ms = excluded.first_ms,
	last_ms = excluded.last_ms,
	end_ms = excluded.end_ms,
	end_reason = excluded.end_reason,
	paused = excluded.paused,
	action = excluded.action,
	enforced = excluded.enforced,
	incident_id = excluded.incident_id,
	bodies = excluded.bodies,
	first_time_bodies = excluded.first_time_bodies,
	body_bytes = excluded.body_bytes,
	bytes_in = excluded.bytes_in,
	bytes_out = excluded.bytes_out,
	lease_granted = excluded.lease_granted,
	lease_spent = excluded.lease_spent,
	unaudited_ms = excluded.unaudited_ms,
	seq = excluded.seq,
	visit = excluded.visit,
	net_class = excluded.net_class;

-- name: put_mailbox
INSERT INTO mailbox (id, guid, uidvalidity, name, owner)
VALUES (:id, :guid, :uidvalidity, :name, :owner)
ON CONFLICT (id) DO UPDATE SET
	name = excluded.name,
	owner = excluded.owner;

-- name: put_read
INSERT INTO read (
	session_id, mailbox_id, kind, name, uids, messages, first_time, bytes,
	first_ms, last_ms, old_messages, oldest_s, newest_s, fields, fields_wide,
	stale)
VALUES (
	:session_id, :mailbox_id, :kind, :name, :uids, :messages, :first_time, :bytes,
	:first_ms, :last_ms, :old_messages, :oldest_s, :newest_s, :fields, :fields_wide,
	:stale)
ON CONFLICT (session_id, mailbox_id, kind) DO UPDATE SET
	name = excluded.name,
	uids = excluded.uids,
	messages = excluded.messages,
	first_time = excluded.first_time,
	bytes = excluded.bytes,
	first_ms = excluded.first_ms,
	last_ms = excluded.last_ms,
	old_messages = excluded.old_messages,
	oldest_s = excluded.oldest_s,
	newest_s = excluded.newest_s,
	fields = excluded.fields,
	fields_wide = excluded.fields_wide,
	stale = excluded.stale;

-- name: put_search
INSERT INTO search (session_id, mailbox_id, at_ms, terms, hits, categories)
VALUES (:session_id, :mailbox_id, :at_ms, :terms, :hits, :categories)
ON CONFLICT (session_id, at_ms, mailbox_id, terms) DO UPDATE SET
	hits = excluded.hits,
	categories = excluded.categories;

-- name: put_seen
INSERT INTO seen (account_id, mailbox_id, uids, reach, strange)
VALUES (:account_id, :mailbox_id, :uids, :reach, :strange)
ON CONFLICT (account_id, mailbox_id) DO UPDATE SET
	uids = excluded.uids,
	reach = excluded.reach,
	strange = excluded.strange;

-- name: put_known
INSERT INTO known (
	account_id, what, name, days, first_day, last_day, fresh, stale, prefix_days)
VALUES (
	:account_id, :what, :name, :days, :first_day, :last_day, :fresh, :stale, :prefix_days)
ON CONFLICT (account_id, what, name) DO UPDATE SET
	days = excluded.days,
	first_day = excluded.first_day,
	last_day = excluded.last_day,
	fresh = excluded.fresh,
	stale = excluded.stale,
	prefix_days = excluded.prefix_days;

-- The engine forgets the longest unseen of a list; so does the table, a little
-- later.
-- name: trim_known
DELETE FROM known
WHERE account_id = :account_id AND what = :what AND name IN (
	SELECT name FROM known
	WHERE account_id = :account_id AND what = :what
	ORDER BY last_day DESC, name
	LIMIT -1 OFFSET 100);

-- name: put_daily
INSERT INTO daily (account_id, day, bodies, stale, odd_bodies, odd_stale, headers)
VALUES (:account_id, :day, :bodies, :stale, :odd_bodies, :odd_stale, :headers)
ON CONFLICT (account_id, day) DO UPDATE SET
	bodies = excluded.bodies,
	stale = excluded.stale,
	odd_bodies = excluded.odd_bodies,
	odd_stale = excluded.odd_stale,
	headers = excluded.headers;

-- name: put_site
INSERT INTO site (key, state)
VALUES (:key, :state)
ON CONFLICT (key) DO UPDATE SET
	state = excluded.state;

-- A line without a state is over.
-- name: drop_site
DELETE FROM site WHERE key = :key;

-- name: put_verdict
INSERT INTO verdict (id, session_id, at_ms, action, rule, reasons, mode, enforced, incident_id)
VALUES (:id, :session_id, :at_ms, :action, :rule, :reasons, :mode, :enforced, :incident_id)
ON CONFLICT (id) DO UPDATE SET
	session_id = excluded.session_id,
	at_ms = excluded.at_ms,
	action = excluded.action,
	rule = excluded.rule,
	reasons = excluded.reasons,
	mode = excluded.mode,
	enforced = excluded.enforced,
	incident_id = excluded.incident_id;

-- name: put_incident
INSERT INTO incident (
	id, ref, account_id, country, network, client, state, action, enforced,
	opened_ms, last_ms, sessions, bodies, first_time_bodies, summary,
	finding, decided_ms, decided_by, kind, source, accounts, former_id, joined_id)
VALUES (
	:id, :ref, :account_id, :country, :network, :client, :state, :action, :enforced,
	:opened_ms, :last_ms, :sessions, :bodies, :first_time_bodies, :summary,
	:finding, :decided_ms, :decided_by, :kind, :source, :accounts, :former_id, :joined_id)
ON CONFLICT (id) DO UPDATE SET
	country = excluded.country,
	network = excluded.network,
	client = excluded.client,
	state = excluded.state,
	action = excluded.action,
	enforced = excluded.enforced,
	opened_ms = excluded.opened_ms,
	last_ms = excluded.last_ms,
	sessions = excluded.sessions,
	bodies = excluded.bodies,
	first_time_bodies = excluded.first_time_bodies,
	summary = excluded.summary,
	finding = excluded.finding,
	decided_ms = excluded.decided_ms,
	decided_by = excluded.decided_by,
	source = excluded.source,
	accounts = excluded.accounts,
	former_id = excluded.former_id,
	joined_id = excluded.joined_id;

-- name: put_incident_account
INSERT INTO incident_account (incident_id, account, part, first_ms, last_ms)
VALUES (:incident_id, :account, :part, :first_ms, :last_ms)
ON CONFLICT (incident_id, account) DO UPDATE SET
	part = excluded.part,
	first_ms = excluded.first_ms,
	last_ms = excluded.last_ms;

-- name: put_block
INSERT INTO block (
	id, account_id, account, network, client, from_ms, until_ms, lifted_ms,
	made_by, lifted_by, note, incident_id)
VALUES (
	:id, :account_id, :account, :network, :client, :from_ms, :until_ms, :lifted_ms,
	:made_by, :lifted_by, :note, :incident_id)
ON CONFLICT (id) DO UPDATE SET
	account_id = excluded.account_id,
	network = excluded.network,
	client = excluded.client,
	from_ms = excluded.from_ms,
	until_ms = excluded.until_ms,
	lifted_ms = excluded.lifted_ms,
	made_by = excluded.made_by,
	lifted_by = excluded.lifted_by,
	note = excluded.note,
	incident_id = excluded.incident_id;

-- name: put_order
INSERT INTO standing_order (
	id, kind, account, what, from_ms, until_ms, lifted_ms, made_by, lifted_by,
	note, incident_id)
VALUES (
	:id, :kind, :account, :what, :from_ms, :until_ms, :lifted_ms, :made_by, :lifted_by,
	:note, :incident_id)
ON CONFLICT (id) DO UPDATE SET
	until_ms = excluded.until_ms,
	lifted_ms = excluded.lifted_ms,
	lifted_by = excluded.lifted_by,
	note = excluded.note,
	incident_id = excluded.incident_id;

-- name: put_notification
INSERT INTO notification (
	id, event, incident_id, channel, kind, account, state, made_ms, due_ms,
	done_ms, tries, held, error, body)
VALUES (
	:id, :event, :incident_id, :channel, :kind, :account, :state, :made_ms, :due_ms,
	:done_ms, :tries, :held, :error, :body)
ON CONFLICT (id) DO UPDATE SET
	state = excluded.state,
	due_ms = excluded.due_ms,
	done_ms = excluded.done_ms,
	tries = excluded.tries,
	held = excluded.held,
	error = excluded.error,
	body = excluded.body;

-- Those that are done, after 30 days; as with purge_failed a week's worth at a time.
-- name: purge_notification
DELETE FROM notification
WHERE made_ms BETWEEN :made_ms - 37 * 86400000 AND :made_ms - 30 * 86400000
	AND state <> 'waiting';

-- name: put_canary
INSERT INTO canary (
	id, account, guid, uidvalidity, uid, box, subject, message_id, made_ms, made_by,
	armed_ms, swept, tripped, tripped_ms, incident_id, removed_ms, removed_by)
VALUES (
	:id, :account, :guid, :uidvalidity, :uid, :box, :subject, :message_id, :made_ms,
	:made_by, :armed_ms, :swept, :tripped, :tripped_ms, :incident_id, :removed_ms,
	:removed_by)
ON CONFLICT (id) DO UPDATE SET
	swept = excluded.swept,
	tripped = excluded.tripped,
	tripped_ms = excluded.tripped_ms,
	incident_id = excluded.incident_id,
	removed_ms = excluded.removed_ms,
	removed_by = excluded.removed_by;

-- name: put_gap
INSERT INTO gap (
	id, cause, from_ms, until_ms, account, session_id, sessions, messages, detail)
VALUES (
	:id, :cause, :from_ms, :until_ms, :account, :session_id, :sessions, :messages, :detail)
ON CONFLICT (id) DO UPDATE SET
	cause = excluded.cause,
	from_ms = excluded.from_ms,
	until_ms = excluded.until_ms,
	account = excluded.account,
	session_id = excluded.session_id,
	sessions = excluded.sessions,
	messages = excluded.messages,
	detail = excluded.detail;

-- name: put_message
INSERT INTO message (mailbox_id, uid, message_id, mid, size, date_s, last_ms)
VALUES (:mailbox_id, :uid, :message_id, :mid, :size, :date_s, :last_ms)
ON CONFLICT (mailbox_id, uid) DO UPDATE SET
	-- a message never changes: the first name stands
	message_id = ifnull(message_id, excluded.message_id),
	mid = ifnull(mid, excluded.mid),
	size = ifnull(size, excluded.size),
	date_s = ifnull(date_s, excluded.date_s),
	last_ms = max(last_ms, excluded.last_ms);

-- name: put_inquiry
INSERT INTO inquiry (id, at_ms, made_by, verb, about, rows)
VALUES (:id, :at_ms, :made_by, :verb, :about, :rows)
ON CONFLICT (id) DO UPDATE SET
	rows = excluded.rows;

-- name: put_tombstone
INSERT INTO tombstone (id, what, from_key, to_key, at_ms, why, rows, made_by)
VALUES (:id, :what, :from_key, :to_key, :at_ms, :why, :rows, :made_by)
ON CONFLICT (id) DO UPDATE SET
	from_key = excluded.from_key,
	to_key = excluded.to_key,
	at_ms = excluded.at_ms,
	rows = excluded.rows;

-- Failed logins add up: first an update of the row that is there …
-- name: add_failed
UPDATE failed SET
	count = count + :count,
	first_ms = min(first_ms, :first_ms),
	last_ms = max(last_ms, :last_ms),
	known_account = max(known_account, :known_account)
WHERE day = :day AND ip = :ip AND name = :name;

-- … and if there is none, a new one.
-- name: put_failed
INSERT INTO failed (day, ip, name, known_account, count, first_ms, last_ms, country, network)
VALUES (:day, :ip, :name, :known_account, :count, :first_ms, :last_ms, :country, :network);

-- name: failed_rows
SELECT count(*) FROM failed WHERE day = :day;

-- Unknown names older than 30 days. Only a week's worth goes at a time: a clock
-- that jumps far ahead removes nothing.
-- name: purge_failed
DELETE FROM failed
WHERE (day, ip, name) IN (
	SELECT day, ip, name FROM failed
	WHERE day BETWEEN :day - 37 AND :day - 30 AND known_account = 0
	LIMIT 500)
RETURNING day, ip, name, sealed;

-- The chain: chain.c. Parameters and columns are taken by their order.

-- name: chain_head
SELECT n, at_ms, rows, collected, hash, kept FROM chain WHERE n = (SELECT max(n) FROM chain);

-- name: chain_noted
SELECT EXISTS (SELECT 1 FROM chain WHERE note = :note AND note <> '');

-- name: chain_put
INSERT INTO chain (n, at_ms, rows, collected, note, digest, hash, kept, open, entries)
VALUES (:n, :at_ms, :rows, :collected, :note, :digest, :hash, :kept, :open, :entries)
ON CONFLICT (n) DO UPDATE SET
	rows = excluded.rows,
	collected = excluded.collected,
	digest = excluded.digest,
	hash = excluded.hash,
	kept = excluded.kept,
	open = excluded.open,
	entries = excluded.entries;

-- name: chain_close
UPDATE chain SET open = 0 WHERE n = :n;

-- name: chain_oldest
SELECT n, digest, entries, at_ms FROM chain
WHERE entries IS NOT NULL AND n < :before
ORDER BY n
LIMIT 1;

-- name: chain_entries
SELECT digest, entries FROM chain WHERE n = :n;

-- name: chain_next
SELECT n, digest, entries FROM chain
WHERE entries IS NOT NULL AND n >= :from AND n < :before
ORDER BY n
LIMIT 1;

-- name: chain_drop
UPDATE chain SET entries = NULL WHERE n = :n;

-- Up to the first that is not of before that time: a clock that was wrong for a while
-- must not tear a hole.
-- name: chain_trim
DELETE FROM chain
WHERE n IN (SELECT n FROM chain WHERE n < :before ORDER BY n LIMIT :max)
	AND NOT EXISTS (
		SELECT 1 FROM chain AS earlier
		WHERE earlier.n BETWEEN (SELECT min(n) FROM chain) AND chain.n
			AND earlier.at_ms >= :at_ms);

-- name: chain_first
SELECT min(n) FROM chain;

-- name: gone_put
INSERT INTO gone (what, key, n) VALUES (:what, :key, :n)
ON CONFLICT (what, key) DO UPDATE SET n = excluded.n;

-- name: gone_find
SELECT n FROM gone WHERE what = :what AND key = :key;

-- name: gone_drop
DELETE FROM gone WHERE what = :what AND key = :key AND n = :n;

-- name: tombstone_id
SELECT ifnull(max(id), 0) + 1 FROM tombstone;

-- Verifying: verify*.c, all of it read in one transaction.

-- name: verify_links
SELECT n, at_ms, rows, collected, note, digest, hash, entries FROM chain ORDER BY n;

-- name: verify_entries
SELECT n, entries FROM chain WHERE entries IS NOT NULL ORDER BY n;

-- name: verify_hash
SELECT hash FROM chain WHERE n = :n;

-- name: verify_link
SELECT at_ms FROM chain WHERE n = :n;

-- name: verify_size
SELECT coalesce((SELECT rows FROM chain WHERE n = (SELECT max(n) FROM chain)), 0);

-- name: verify_collected
SELECT coalesce((SELECT collected FROM chain WHERE n = (SELECT max(n) FROM chain)), 0);

-- name: verify_trimmed
SELECT ifnull(max(to_key), 0) FROM tombstone WHERE what = 'chain';

-- name: verify_scrubbed
SELECT EXISTS (
	SELECT 1 FROM tombstone
	WHERE what = 'entries' AND to_key >= :n AND from_key <= :n);

-- name: verify_objects
SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL;

-- name: verify_object
SELECT sql FROM sqlite_schema WHERE type = :type AND name = :name;

-- name: verify_indexes
PRAGMA integrity_check(100);

-- name: verify_triggers
SELECT name FROM sqlite_schema WHERE type = 'trigger';

-- Whom a row concerns: account and session.

-- name: verify_account
SELECT name, NULL FROM account WHERE id = :key;

-- name: verify_session
SELECT account, session FROM v_session WHERE session_row = :key;

-- name: verify_verdict
SELECT account, session FROM v_verdict WHERE verdict_row = :key;

-- name: verify_mailbox
SELECT owner, NULL FROM mailbox WHERE id = :key;

-- name: verify_incident
SELECT account, NULL FROM v_incident WHERE incident_row = :key;

-- name: verify_block
SELECT account, NULL FROM block WHERE id = :key;

-- name: verify_order
SELECT account, NULL FROM standing_order WHERE id = :key;

-- name: verify_canary
SELECT account, NULL FROM canary WHERE id = :key;

-- name: verify_gap
SELECT account, session_id FROM gap WHERE id = :key;

-- name: put_alive
INSERT INTO alive (id, at_ms, clean, run, ticket, trusted_ms)
VALUES (1, :at_ms, :clean, :run, :ticket, :trusted_ms)
ON CONFLICT (id) DO UPDATE SET
	at_ms = excluded.at_ms,
	clean = excluded.clean,
	run = excluded.run,
	ticket = excluded.ticket,
	trusted_ms = excluded.trusted_ms;

-- Reading.

-- name: alive
SELECT at_ms, clean, run, ticket, trusted_ms FROM alive;

-- A number that a tombstone covers is not given out again: a row that had it would
-- not be missed.
-- name: next_ids
SELECT	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM account
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'account')) AS account,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM session
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'session')) AS session,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM mailbox
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'mailbox')) AS mailbox,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM verdict
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'verdict')) AS verdict,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM incident
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'incident')) AS incident,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM block
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'block')) AS block,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM standing_order
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'standing_order')) AS "order",
	(SELECT ifnull(max(id), 0) + 1 FROM notification) AS notification,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM canary
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'canary')) AS canary,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM gap
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'gap')) AS gap,
	(SELECT ifnull(max(id), 0) + 1 FROM (
		SELECT max(id) AS id FROM inquiry
		UNION ALL SELECT max(to_key) FROM tombstone WHERE what = 'inquiry')) AS inquiry,
	(SELECT ifnull(max(id), 0) + 1 FROM tombstone) AS tombstone;

-- name: account
SELECT * FROM account WHERE name = :name;

-- name: account_by_id
SELECT * FROM account WHERE id = :id;

-- The longest unseen first: a list that is full then keeps the same names as
-- trim_known.
-- name: known_of_account
SELECT * FROM known WHERE account_id = :account_id ORDER BY last_day, name DESC;

-- name: daily_of_account
SELECT * FROM (
	SELECT * FROM daily WHERE account_id = :account_id ORDER BY day DESC LIMIT 60)
ORDER BY day;

-- name: blocks_of_account
SELECT * FROM block
WHERE account = :account AND until_ms > :since_ms AND
	ifnull(lifted_ms > :since_ms, 1);

-- name: blocks_in_force
SELECT * FROM block
WHERE until_ms > :now_ms AND lifted_ms IS NULL
ORDER BY until_ms DESC
LIMIT :max;

-- name: homes
SELECT * FROM (
	SELECT session.*, account.name AS account
	FROM session INDEXED BY session_by_start
	JOIN account ON account.id = session.account_id
	WHERE session.first_ms >= :since_ms AND session.origin = 'live' AND
		session.standing IN ('familiar', 'learning')
	ORDER BY session.first_ms DESC
	LIMIT :max)
ORDER BY first_ms;

-- name: sessions_of_account
SELECT session.*, account.name AS account
FROM session
JOIN account ON account.id = session.account_id
WHERE session.account_id = :account_id AND session.last_ms >= :since_ms
ORDER BY session.last_ms;

-- name: incidents_of_account
SELECT * FROM incident
WHERE account_id = :account_id AND state = 'open'
ORDER BY last_ms;

-- name: site
SELECT * FROM site ORDER BY key;

-- name: seen
SELECT * FROM seen WHERE account_id = :account_id AND mailbox_id = :mailbox_id;

-- name: mailbox
SELECT * FROM mailbox WHERE guid = :guid AND uidvalidity = :uidvalidity;

-- name: session
SELECT session.*, account.name AS account
FROM session
JOIN account ON account.id = session.account_id
WHERE session.key = :key;

-- name: paused_session
SELECT session.*, account.name AS account
FROM session
JOIN account ON account.id = session.account_id
WHERE session.session_id = :session_id AND session.account_id = :account_id
	AND session.paused AND session.end_ms IS NULL
ORDER BY session.id DESC
LIMIT 1;

-- name: reads_of_session
SELECT read.*, mailbox.guid, mailbox.uidvalidity, mailbox.owner
FROM read
JOIN mailbox ON mailbox.id = read.mailbox_id
WHERE read.session_id = :session_id;

-- name: open_sessions
SELECT session.*, account.name AS account
FROM session INDEXED BY session_open
JOIN account ON account.id = session.account_id
WHERE session.end_ms IS NULL
ORDER BY session.id;

-- name: block
SELECT * FROM block WHERE id = :id;

-- name: orders
SELECT * FROM standing_order
WHERE lifted_ms IS NULL AND until_ms IS NULL
UNION ALL
SELECT * FROM standing_order
WHERE lifted_ms IS NULL AND until_ms > :now_ms;

-- name: notifications
SELECT * FROM notification
WHERE state = 'waiting'
UNION ALL
SELECT * FROM notification INDEXED BY notification_by_time
WHERE state <> 'waiting' AND made_ms >= :since_ms
ORDER BY id;

-- name: campaigns
SELECT * FROM incident INDEXED BY incident_campaign_open
WHERE kind = 'campaign' AND state = 'open'
ORDER BY id;

-- name: accounts_of_incident
SELECT * FROM incident_account WHERE incident_id = :incident_id ORDER BY account;

-- What has been quiet since then and belongs to no account in memory, too.
-- name: quiet_incidents
SELECT * FROM incident INDEXED BY incident_open
WHERE state = 'open' AND last_ms <= :until_ms AND
	ifnull(decided_ms, 0) <= :until_ms
ORDER BY last_ms
LIMIT :max;

-- The last of that account and network that is closed.
-- name: former_incident
SELECT * FROM incident
WHERE account_id = :account_id AND network = :network AND state = 'closed'
	AND joined_id IS NULL
ORDER BY last_ms DESC
LIMIT 1;

-- name: canaries
SELECT * FROM canary WHERE removed_ms IS NULL ORDER BY id LIMIT :max;

-- name: incident
SELECT * FROM incident WHERE id = :id;

-- name: session_by_id
SELECT session.*, account.name AS account
FROM session
JOIN account ON account.id = session.account_id
WHERE session.id = :id;

-- name: sessions_of_incident
SELECT session.*, account.name AS account
FROM session
JOIN account ON account.id = session.account_id
WHERE session.incident_id = :incident_id
ORDER BY session.id;
