-- What tests/integration/test-doveadm.sh reads with doveadm audit: after
-- schema.sql and views.sql. Times are ages, so that "2d" means something.
--
-- anna: two quiet weeks from FR, then an attacker from RU who was stopped in
-- session 30 (incident AA-17), refused in 31 and is blocked. hostile: names
-- with everything that a terminal would obey. 42: an account named like a
-- session. Sessions 100 … come by the hundred, for streaming.
CREATE TEMP TABLE now AS SELECT unixepoch() * 1000 AS ms;
CREATE TEMP TABLE h AS SELECT 3600000 AS ms;

INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid) SELECT 1, 'anna@example.org', now.ms - 400 * h.ms, now.ms - h.ms, 14, 1, 50001 FROM now, h;
INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid) SELECT 2, 'hostile', now.ms - 30 * h.ms, now.ms - 30 * h.ms, 1, 0, 0 FROM now, h;
INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid) SELECT 3, '42', now.ms - 30 * h.ms, now.ms - 30 * h.ms, 1, 0, 0 FROM now, h;
INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid) SELECT 4, 'many[1]*', now.ms - 30 * h.ms, now.ms - 30 * h.ms, 1, 0, 0 FROM now, h;

CREATE TEMP TABLE s (id, account_id, session_id, ip, client, country, network, standing, age, lasted, end_reason, action, enforced, incident_id, bodies);
INSERT INTO s VALUES
	(1, 1, 'quietOne/AAAB', '192.0.2.1', 'Thunderbird/115', 'FR', 'AS64496', 'familiar', 300, 1, 'logout', 'none', 0, NULL, 3),
	(2, 1, 'quietTwo/AAAB', '192.0.2.1', 'Thunderbird/115', 'FR', 'AS64496', 'familiar', 100, 1, 'logout', 'none', 0, NULL, 4),
	(30, 1, 'stopped/AAAB', '198.51.100.7', 'imapdump', 'RU', 'AS64500', 'unfamiliar', 20, 1, 'stopped', 'stop', 1, 17, 30),
	(31, 1, 'refused/AAAB', '198.51.100.8', 'imapdump', 'RU', 'AS64500', 'unfamiliar', 18, 0, 'refused', 'refuse', 1, 17, 0),
	(32, 1, 'open/AAAB', '192.0.2.1', NULL, 'FR', 'AS64496', 'familiar', 1, NULL, NULL, 'none', 0, NULL, 1),
	(40, 2, 'evil' || char(27) || '[2J', '203.0.113.9', char(27) || ']0;owned' || char(7) || char(0x9b) || char(0x202e) || 'x', 'XX', 'AS64511', 'learning', 30, 1, 'logout', 'none', 0, NULL, 2),
	(42, 1, 'answer/AAAB', '192.0.2.1', NULL, 'FR', 'AS64496', 'familiar', 90, 1, 'logout', 'none', 0, NULL, 0),
	(43, 3, 'digits/AAAB', '192.0.2.1', NULL, 'FR', 'AS64496', 'familiar', 30, 1, 'logout', 'none', 0, NULL, 0);
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
INSERT INTO s SELECT 100 + i, 4, 'many' || i, '192.0.2.2', NULL, 'FR', 'AS64496', 'familiar', 400 + i, 1, 'logout', 'none', 0, NULL, 0 FROM n;

INSERT INTO session (id, account_id, key, session_id, real_user, service, method, ip, port, local_ip, local_port, proxy_ip, tls, client, country,
	asn, as_org, network, located, lat, lon, radius_km, private_ip, standing, confirmed, first_ms, last_ms,
	end_ms, end_reason, paused, action, enforced, incident_id, bodies, first_time_bodies, body_bytes, bytes_in, bytes_out, lease_granted, lease_spent, unaudited_ms, seq)
SELECT s.id, account_id, printf('%032x', s.id), session_id, name, 'imap', 'PLAIN', ip, 1024, '192.0.2.250', 143, NULL, 1, client, country,
	NULL, NULL, network, 0, 0.0, 0.0, 0, 0, standing, 1, now.ms - age * h.ms, now.ms - (age - coalesce(lasted, 1)) * h.ms,
	now.ms - (age - lasted) * h.ms, coalesce(end_reason, 'logout'), 0, action, enforced, incident_id, bodies, bodies, bodies * 1000, 100, bodies * 1100, 0, 0, 0, 1
FROM s, now, h JOIN account ON account.id = s.account_id;

INSERT INTO mailbox (id, guid, uidvalidity, name, owner) VALUES (1, 'd1f2d1f2d1f2d1f2d1f2d1f2d1f2d1f2', 1700000000, 'INBOX', 'anna@example.org');
INSERT INTO mailbox (id, guid, uidvalidity, name, owner) VALUES (2, 'e1f2d1f2d1f2d1f2d1f2d1f2d1f2d1f2', 1700000001, 'Archive', 'anna@example.org');
INSERT INTO mailbox (id, guid, uidvalidity, name, owner) VALUES (3, 'f1f2d1f2d1f2d1f2d1f2d1f2d1f2d1f2', 1700000002, 'evil', 'hostile');

CREATE TEMP TABLE r (session_id, mailbox_id, kind, name, uids, messages);
INSERT INTO r VALUES
	(1, 1, 'body', 'INBOX', '1:3', 3),
	(2, 1, 'body', 'INBOX', '2:5', 4),
	(2, 1, 'fields', 'INBOX', '1:200', 200),
	(30, 1, 'body', 'INBOX', '1:20,30', 21),
	(30, 2, 'body', 'Archive', '7:15', 9),
	(30, 2, 'structure', 'Archive', '1:4294967295', 4294967295),
	(32, 1, 'body', 'INBOX', '9', 1),
	(40, 3, 'body', 'a' || char(9) || 'b' || char(10) || 'c' || char(27) || '[31m' || char(0x85) || char(0x2028) || char(0x202e) || '\' || CAST(x'fffe' AS TEXT) || '"', '5', 1),
	(40, 3, 'part', '=cmd|evil', '6', 1);
INSERT INTO read (session_id, mailbox_id, kind, name, uids, messages, first_time, bytes, first_ms, last_ms, old_messages, oldest_s, newest_s, fields, fields_wide)
SELECT r.session_id, mailbox_id, kind, r.name, uids, messages, 0, messages * 1000, now.ms - age * h.ms, now.ms - (age - 1) * h.ms, 0, NULL, NULL, NULL, 0
FROM r, now, h JOIN s ON s.id = r.session_id;

-- Of strangers (days 0) one has the name of a thief's. The life is of anna alone: the
-- others are as version 1 left them.
CREATE TEMP TABLE k (account_id, what, name, days, since, ago, fresh, stale, prefix_days);
INSERT INTO k VALUES
	(1, 0, 'FR', 14, 30, 1, 120, 8, 0), (1, 0, 'RU', 0, 1, 1, 0, 0, 0), (1, 0, 'ES', 5, 250, 200, 9, 0, 0),
	(1, 1, 'AS64496', 14, 30, 1, 120, 8, 2), (1, 1, 'AS64500', 0, 1, 1, 1, 29, 0), (1, 1, 'AS64501', 2, 9, 3, 5, 0, 0),
	(1, 2, 'thunderbird', 9, 30, 1, 0, 0, 0), (1, 2, 'imapdump', 0, 1, 1, 0, 0, 0),
	(1, 3, 'imap', 14, 30, 1, 0, 0, 0),
	(2, 2, char(27) || ']0;owned' || char(7) || char(0x9b) || char(0x202e) || 'x', 0, 1, 1, 0, 0, 0);
INSERT INTO known (account_id, what, name, days, first_day, last_day, fresh, stale, prefix_days)
SELECT account_id, what, name, days, ms / 86400000 - since, ms / 86400000 - ago, fresh, stale, prefix_days FROM k, now;
INSERT INTO site VALUES ('site', '340 20000'), ('country FR', '300'), ('network AS64496', '41'), ('client thunderbird', '120'), ('protocol imap', '339');
-- 0x50f: six days lived, the oldest ten days before the newest. FNV-1a of AS64500: 1385456734.
UPDATE account SET life = 'life ' || (ms / 86400000 - 40) || ' 14 ' || (ms - 3600000) || ';active ' || (ms / 86400000) || ' 1295' ||
	';hour 7 4;hour 8 5;hour 9 1;hour 14 2;hour 23 1;hour 34 1;prefix 0 77 20414;prefix 3 78 20414' ||
	';spot 0 ' || (ms - 3600000) || ' 1 13885 18235 20 FR AS64496;spot 1 ' || (ms - 90000000) || ' 2 9000 18000 0 - 192.0.2.0/24' ||
	';flagged ' || (ms / 86400000 - 1) || ' 1385456734 bulk-read;flagged ' || (ms / 86400000 - 2) || ' 0 header-harvest;future 9 words'
FROM now WHERE id = 1;
INSERT INTO daily (account_id, day, bodies, stale, odd_bodies, odd_stale) SELECT 1, ms / 86400000 - 5, 12, 11, 0, 0 FROM now;
INSERT INTO daily (account_id, day, bodies, stale, odd_bodies, odd_stale) SELECT 1, ms / 86400000 - 4, 4, 0, 0, 0 FROM now;
INSERT INTO daily (account_id, day, bodies, stale, odd_bodies, odd_stale) SELECT 1, ms / 86400000 - 3, 2, 0, 0, 0 FROM now;
INSERT INTO daily (account_id, day, bodies, stale, odd_bodies, odd_stale) SELECT 1, ms / 86400000 - 1, 0, 0, 30, 29 FROM now;
-- Too old to count.
INSERT INTO daily (account_id, day, bodies, stale, odd_bodies, odd_stale) SELECT 1, ms / 86400000 - 35, 999, 0, 0, 0 FROM now;

INSERT INTO incident (id, ref, account_id, country, network, client, state, action, enforced, opened_ms, last_ms, sessions, bodies, first_time_bodies, summary) SELECT 17, 'AA-17', 1, 'RU', 'AS64500', 'imapdump', 'open', 'stop', 1, now.ms - 18 * h.ms, now.ms - 18 * h.ms, 2, 30, 30,
	'30 first-time bodies from AS64500/RU, usual maximum 12, limit 30' FROM now, h;
INSERT INTO verdict (id, session_id, at_ms, action, rule, reasons, mode, enforced, incident_id) SELECT 1, 30, now.ms - 19 * h.ms, 'stop', 'volume',
	'30 first-time bodies in 24 h over unfamiliar sessions, usual maximum 12, limit 30 (= max(30, 1 × 12))' || char(10) ||
	'country RU never seen for this account; seen: FR (14 days)', 'enforce', 1, 17 FROM now, h;
INSERT INTO verdict (id, session_id, at_ms, action, rule, reasons, mode, enforced, incident_id) SELECT 2, 31, now.ms - 18 * h.ms, 'refuse', 'block', 'block 7 is in force', 'enforce', 1, 17 FROM now, h;
INSERT INTO block (id, account_id, account, network, client, from_ms, until_ms, lifted_ms, made_by, lifted_by, note, incident_id) SELECT 7, 1, 'anna@example.org', 'AS64500', 'imapdump', now.ms - 19 * h.ms, now.ms + 24 * h.ms, NULL, 'rule volume', NULL, NULL, 17 FROM now, h;
INSERT INTO block (id, account_id, account, network, client, from_ms, until_ms, lifted_ms, made_by, lifted_by, note, incident_id) SELECT 8, 1, 'anna@example.org', '*', '*', now.ms - 50 * h.ms, now.ms - 40 * h.ms, NULL, 'root', NULL, 'a note', NULL FROM now, h;
INSERT INTO block (id, account_id, account, network, client, from_ms, until_ms, lifted_ms, made_by, lifted_by, note, incident_id) SELECT 9, 2, 'hostile', '203.0.113.0/24', char(27) || '[1m', now.ms - 50 * h.ms, now.ms + 40 * h.ms, now.ms - 30 * h.ms, 'root', 'eve' || char(7), NULL, NULL FROM now, h;
INSERT INTO gap (id, cause, from_ms, until_ms, account, session_id, sessions, messages, detail) SELECT 1, 'service-down', now.ms - 60 * h.ms, now.ms - 59 * h.ms, NULL, NULL, 0, 0, 'killed' FROM now, h;
INSERT INTO gap (id, cause, from_ms, until_ms, account, session_id, sessions, messages, detail) SELECT 2, 'late-answer', now.ms - 29 * h.ms, now.ms - 29 * h.ms, 'hostile', 'evil', 1, 5, 'x' || char(27) || 'y' FROM now, h;
-- As if the service went on living while the test runs.
INSERT INTO alive (id, at_ms, clean, run, ticket) SELECT 1, now.ms + h.ms, 0, 1, 1 FROM now, h;
