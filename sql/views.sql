-- The views that admins and reports rely on. A column once released stays.
-- SCHEMA.md explains each. …_at is local time as text. A fact is shown even if
-- the account, mailbox or incident that it points to is missing.

DROP VIEW IF EXISTS v_account;
CREATE VIEW v_account AS
SELECT	account.id AS account_row,
	account.name AS account,
	account.first_ms,
	datetime(account.first_ms / 1000, 'unixepoch', 'localtime') AS first_at,
	account.last_ms,
	datetime(account.last_ms / 1000, 'unixepoch', 'localtime') AS last_at,
	account.sessions AS quiet_sessions,
	iif(account.uid_known, account.uid, NULL) AS uid
FROM account;

DROP VIEW IF EXISTS v_session;
CREATE VIEW v_session AS
SELECT	session.id AS session_row,
	account.name AS account,
	session.real_user,
	session.session_id AS session,
	session.service,
	session.method,
	session.ip,
	session.port,
	session.local_ip,
	session.local_port,
	session.proxy_ip,
	session.tls,
	session.client,
	session.country,
	session.asn,
	session.as_org,
	session.network,
	iif(session.located, session.lat, NULL) AS lat,
	iif(session.located, session.lon, NULL) AS lon,
	iif(session.located, session.radius_km, NULL) AS radius_km,
	session.private_ip,
	session.standing,
	session.confirmed,
	session.first_ms,
	datetime(session.first_ms / 1000, 'unixepoch', 'localtime') AS first_at,
	session.last_ms,
	datetime(session.last_ms / 1000, 'unixepoch', 'localtime') AS last_at,
	session.end_ms,
	datetime(session.end_ms / 1000, 'unixepoch', 'localtime') AS end_at,
	iif(session.end_ms IS NULL, NULL, session.end_reason) AS end_reason,
	session.end_ms IS NULL AS open,
	session.paused,
	session.action,
	session.enforced,
	incident.ref AS incident,
	session.bodies,
	session.first_time_bodies,
	session.body_bytes,
	session.bytes_in,
	session.bytes_out,
	session.lease_granted,
	session.lease_spent,
	session.unaudited_ms,
	session.net_class,
	session.origin
FROM session
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN incident ON incident.id = session.incident_id;

DROP VIEW IF EXISTS v_read;
CREATE VIEW v_read AS
SELECT	session.id AS session_row,
	account.name AS account,
	session.real_user,
	session.session_id AS session,
	session.service,
	read.name AS mailbox,
	mailbox.owner,
	mailbox.guid AS mailbox_guid,
	mailbox.uidvalidity,
	read.kind,
	read.uids,
	read.messages,
	read.first_time,
	read.bytes,
	read.first_ms,
	datetime(read.first_ms / 1000, 'unixepoch', 'localtime') AS first_at,
	read.last_ms,
	datetime(read.last_ms / 1000, 'unixepoch', 'localtime') AS last_at,
	read.old_messages,
	datetime(read.oldest_s, 'unixepoch', 'localtime') AS oldest,
	datetime(read.newest_s, 'unixepoch', 'localtime') AS newest,
	read.fields,
	read.fields_wide,
	session.ip,
	session.country,
	session.asn,
	session.as_org,
	session.network,
	session.client,
	session.standing,
	session.action,
	read.stale
FROM read
JOIN session ON session.id = read.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = read.mailbox_id;

DROP VIEW IF EXISTS v_search;
CREATE VIEW v_search AS
SELECT	session.id AS session_row,
	account.name AS account,
	session.session_id AS session,
	mailbox.name AS mailbox,
	mailbox.owner,
	search.at_ms,
	datetime(search.at_ms / 1000, 'unixepoch', 'localtime') AS at,
	search.terms,
	search.hits,
	search.categories
FROM search
JOIN session ON session.id = search.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN mailbox ON mailbox.id = search.mailbox_id;

-- What an account was given on one day, the day on which a row of reads began.
-- A session that read nothing counts on the day on which it began itself. One
-- flat join, so that "WHERE account = …" finds its rows by index.
DROP VIEW IF EXISTS v_account_day;
CREATE VIEW v_account_day AS
SELECT	account.name AS account,
	date(coalesce(read.first_ms, session.first_ms) / 1000,
	     'unixepoch', 'localtime') AS day,
	count(DISTINCT session.id) AS sessions,
	sum(iif(read.kind = 'body', read.messages, 0)) AS bodies,
	sum(iif(read.kind = 'part', read.messages, 0)) AS parts,
	sum(iif(read.kind = 'header', read.messages, 0)) AS headers,
	sum(iif(read.kind = 'fields', read.messages, 0)) AS fields,
	sum(iif(read.kind = 'structure', read.messages, 0)) AS structures,
	sum(iif(read.kind = 'search', read.messages, 0)) AS searched,
	sum(iif(read.kind = 'copy', read.messages, 0)) AS copied,
	sum(iif(read.kind = 'body', read.bytes, 0)) AS body_bytes,
	sum(coalesce(read.first_time, 0)) AS first_time_bodies,
	group_concat(DISTINCT session.country) AS countries,
	group_concat(DISTINCT session.network) AS networks
FROM account
JOIN session ON session.account_id = account.id
LEFT JOIN read ON read.session_id = session.id
GROUP BY account.name, day;

DROP VIEW IF EXISTS v_known;
CREATE VIEW v_known AS
SELECT	account.name AS account,
	CASE known.what
		WHEN 0 THEN 'country'
		WHEN 1 THEN 'network'
		WHEN 2 THEN 'client'
		WHEN 3 THEN 'protocol'
	END AS what,
	known.name,
	known.days,
	date(known.first_day * 86400, 'unixepoch') AS first_day,
	date(known.last_day * 86400, 'unixepoch') AS last_day,
	known.fresh,
	known.stale
FROM known
JOIN account ON account.id = known.account_id
WHERE known.days > 0;

DROP VIEW IF EXISTS v_verdict;
CREATE VIEW v_verdict AS
SELECT	verdict.id AS verdict_row,
	session.id AS session_row,
	account.name AS account,
	session.session_id AS session,
	verdict.at_ms,
	datetime(verdict.at_ms / 1000, 'unixepoch', 'localtime') AS at,
	verdict.action,
	verdict.rule,
	verdict.reasons,
	verdict.mode,
	verdict.enforced,
	incident.ref AS incident
FROM verdict
JOIN session ON session.id = verdict.session_id
LEFT JOIN account ON account.id = session.account_id
LEFT JOIN incident ON incident.id = verdict.incident_id;

DROP VIEW IF EXISTS v_incident;
CREATE VIEW v_incident AS
SELECT	incident.id AS incident_row,
	incident.ref AS incident,
	account.name AS account,
	incident.country,
	incident.network,
	incident.client,
	incident.state,
	incident.action,
	incident.enforced,
	incident.opened_ms,
	datetime(incident.opened_ms / 1000, 'unixepoch', 'localtime') AS opened_at,
	incident.last_ms,
	datetime(incident.last_ms / 1000, 'unixepoch', 'localtime') AS last_at,
	incident.sessions,
	incident.bodies,
	incident.first_time_bodies,
	incident.summary,
	incident.finding,
	incident.decided_ms,
	datetime(incident.decided_ms / 1000, 'unixepoch', 'localtime') AS decided_at,
	incident.decided_by,
	incident.kind,
	incident.source,
	incident.accounts,
	former.ref AS former,
	joined.ref AS joined
FROM incident
LEFT JOIN account ON account.id = incident.account_id
LEFT JOIN incident AS former ON former.id = incident.former_id
LEFT JOIN incident AS joined ON joined.id = incident.joined_id;

DROP VIEW IF EXISTS v_incident_account;
CREATE VIEW v_incident_account AS
SELECT	incident.ref AS incident,
	incident_account.account,
	incident_account.part,
	incident_account.first_ms,
	datetime(incident_account.first_ms / 1000, 'unixepoch', 'localtime') AS first_at,
	incident_account.last_ms,
	datetime(incident_account.last_ms / 1000, 'unixepoch', 'localtime') AS last_at
FROM incident_account
LEFT JOIN incident ON incident.id = incident_account.incident_id;

DROP VIEW IF EXISTS v_block;
CREATE VIEW v_block AS
SELECT	block.id AS block,
	block.account,
	block.network,
	block.client,
	CASE
		WHEN block.lifted_ms IS NOT NULL THEN 'lifted'
		WHEN block.until_ms <= unixepoch() * 1000 THEN 'expired'
		ELSE 'active'
	END AS state,
	block.from_ms,
	datetime(block.from_ms / 1000, 'unixepoch', 'localtime') AS from_at,
	block.until_ms,
	datetime(block.until_ms / 1000, 'unixepoch', 'localtime') AS until_at,
	block.lifted_ms,
	datetime(block.lifted_ms / 1000, 'unixepoch', 'localtime') AS lifted_at,
	block.made_by,
	block.lifted_by,
	block.note,
	incident.ref AS incident,
	iif(block.until_ms - block.from_ms >= 315360000000, 'until it is lifted',
		'until ' || datetime(block.until_ms / 1000, 'unixepoch', 'localtime'))
		AS ends
FROM block
LEFT JOIN incident ON incident.id = block.incident_id;

DROP VIEW IF EXISTS v_block_active;
CREATE VIEW v_block_active AS
SELECT	block.id AS block,
	block.account,
	block.network,
	block.client,
	block.from_ms,
	datetime(block.from_ms / 1000, 'unixepoch', 'localtime') AS from_at,
	block.until_ms,
	datetime(block.until_ms / 1000, 'unixepoch', 'localtime') AS until_at,
	block.made_by,
	block.note,
	incident.ref AS incident,
	iif(block.until_ms - block.from_ms >= 315360000000, 'until it is lifted',
		'until ' || datetime(block.until_ms / 1000, 'unixepoch', 'localtime'))
		AS ends
FROM block
LEFT JOIN incident ON incident.id = block.incident_id
WHERE block.lifted_ms IS NULL AND block.until_ms > unixepoch() * 1000;

DROP VIEW IF EXISTS v_order;
CREATE VIEW v_order AS
SELECT	standing_order.id AS order_row,
	standing_order.kind,
	standing_order.account,
	standing_order.what,
	CASE
		WHEN standing_order.lifted_ms IS NOT NULL THEN 'lifted'
		WHEN standing_order.until_ms <= unixepoch() * 1000 THEN 'expired'
		ELSE 'active'
	END AS state,
	standing_order.from_ms,
	datetime(standing_order.from_ms / 1000, 'unixepoch', 'localtime') AS from_at,
	standing_order.until_ms,
	datetime(standing_order.until_ms / 1000, 'unixepoch', 'localtime') AS until_at,
	standing_order.lifted_ms,
	datetime(standing_order.lifted_ms / 1000, 'unixepoch', 'localtime') AS lifted_at,
	standing_order.made_by,
	standing_order.lifted_by,
	standing_order.note,
	incident.ref AS incident
FROM standing_order
LEFT JOIN incident ON incident.id = standing_order.incident_id;

DROP VIEW IF EXISTS v_notification;
CREATE VIEW v_notification AS
SELECT	notification.id AS notification_row,
	notification.event,
	incident.ref AS incident,
	notification.channel,
	notification.kind,
	notification.account,
	notification.state,
	notification.made_ms,
	datetime(notification.made_ms / 1000, 'unixepoch', 'localtime') AS made_at,
	notification.due_ms,
	datetime(notification.due_ms / 1000, 'unixepoch', 'localtime') AS due_at,
	notification.done_ms,
	datetime(notification.done_ms / 1000, 'unixepoch', 'localtime') AS done_at,
	notification.tries,
	notification.held,
	notification.error
FROM notification
LEFT JOIN incident ON incident.id = notification.incident_id;

DROP VIEW IF EXISTS v_canary;
CREATE VIEW v_canary AS
SELECT	canary.id AS canary,
	canary.account,
	canary.box AS mailbox,
	canary.guid,
	canary.uidvalidity,
	canary.uid,
	CASE
		WHEN canary.removed_ms IS NOT NULL THEN 'removed'
		WHEN canary.armed_ms > unixepoch() * 1000 THEN 'settling'
		ELSE 'armed'
	END AS state,
	canary.subject,
	canary.message_id,
	canary.made_ms,
	datetime(canary.made_ms / 1000, 'unixepoch', 'localtime') AS made_at,
	canary.made_by,
	canary.armed_ms,
	datetime(canary.armed_ms / 1000, 'unixepoch', 'localtime') AS armed_at,
	canary.swept,
	canary.tripped,
	canary.tripped_ms,
	datetime(canary.tripped_ms / 1000, 'unixepoch', 'localtime') AS tripped_at,
	incident.ref AS incident,
	canary.removed_ms,
	datetime(canary.removed_ms / 1000, 'unixepoch', 'localtime') AS removed_at,
	canary.removed_by
FROM canary
LEFT JOIN incident ON incident.id = canary.incident_id;

DROP VIEW IF EXISTS v_gap;
CREATE VIEW v_gap AS
SELECT	gap.id AS gap_row,
	gap.cause,
	gap.from_ms,
	datetime(gap.from_ms / 1000, 'unixepoch', 'localtime') AS from_at,
	gap.until_ms,
	datetime(gap.until_ms / 1000, 'unixepoch', 'localtime') AS until_at,
	gap.account,
	gap.session_id AS session,
	gap.sessions,
	gap.messages,
	gap.detail
FROM gap;

DROP VIEW IF EXISTS v_failed_login;
CREATE VIEW v_failed_login AS
SELECT	date(failed.day * 86400, 'unixepoch') AS day,
	failed.day AS day_number,
	failed.ip,
	failed.name,
	failed.known_account,
	failed.count,
	failed.first_ms,
	datetime(failed.first_ms / 1000, 'unixepoch', 'localtime') AS first_at,
	failed.last_ms,
	datetime(failed.last_ms / 1000, 'unixepoch', 'localtime') AS last_at,
	failed.country,
	failed.network
FROM failed;

DROP VIEW IF EXISTS v_message;
CREATE VIEW v_message AS
SELECT	mailbox.name AS mailbox,
	mailbox.owner,
	mailbox.guid AS mailbox_guid,
	mailbox.uidvalidity,
	message.uid,
	message.message_id,
	message.mid,
	message.size,
	message.date_s,
	datetime(message.date_s, 'unixepoch', 'localtime') AS date
FROM message
LEFT JOIN mailbox ON mailbox.id = message.mailbox_id;

DROP VIEW IF EXISTS v_inquiry;
CREATE VIEW v_inquiry AS
SELECT	inquiry.id AS inquiry_row,
	inquiry.at_ms,
	datetime(inquiry.at_ms / 1000, 'unixepoch', 'localtime') AS at,
	inquiry.made_by,
	inquiry.verb,
	inquiry.about,
	inquiry.rows
FROM inquiry;

DROP VIEW IF EXISTS v_tombstone;
CREATE VIEW v_tombstone AS
SELECT	tombstone.id AS tombstone_row,
	tombstone.what,
	tombstone.from_key AS from_row,
	tombstone.to_key AS to_row,
	tombstone.at_ms,
	datetime(tombstone.at_ms / 1000, 'unixepoch', 'localtime') AS at,
	tombstone.why,
	tombstone.rows,
	tombstone.made_by
FROM tombstone;

DROP VIEW IF EXISTS v_chain;
CREATE VIEW v_chain AS
SELECT	chain.n AS link,
	chain.at_ms,
	datetime(chain.at_ms / 1000, 'unixepoch', 'localtime') AS at,
	chain.rows,
	chain.note,
	lower(hex(chain.hash)) AS hash
FROM chain;

DROP VIEW IF EXISTS v_alive;
CREATE VIEW v_alive AS
SELECT	alive.at_ms,
	datetime(alive.at_ms / 1000, 'unixepoch', 'localtime') AS at,
	alive.clean
FROM alive;
