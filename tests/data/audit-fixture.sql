-- What tests/integration/test-doveadm.sh reads with doveadm audit: after
-- schema.sql and views.sql. Times are ages, so that "2d" means something.
--
-- anna: two quiet weeks from FR, then an attacker from RU who was stopped in
-- session 30 (incident AA-17), refused in 31 and is blocked. hostile: names
-- with everything that a terminal would obey. 42: an account named like a
-- session. Sessions 100 … come by the hundred, for streaming.
CREATE TEMP TABLE now AS SELECT unixepoch() * 1000 AS ms;
CREATE TEMP TABLE h AS SELECT 3600000 AS ms;

INSERT INTO account SELECT 1, 'anna@example.org', now.ms - 400 * h.ms, now.ms - h.ms, 14, 1, 50001 FROM now, h;
INSERT INTO account SELECT 2, 'hostile', now.ms - 30 * h.ms, now.ms - 30 * h.ms, 1, 0, 0 FROM now, h;
INSERT INTO account SELECT 3, '42', now.ms - 30 * h.ms, now.ms - 30 * h.ms, 1, 0, 0 FROM now, h;
INSERT INTO account SELECT 4, 'many[1]*', now.ms - 30 * h.ms, now.ms - 30 * h.ms, 1, 0, 0 FROM now, h;

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

INSERT INTO session
SELECT s.id, account_id, printf('%032x', s.id), session_id, name, 'imap', 'PLAIN', ip, 1024, '192.0.2.250', 143, NULL, 1, client, country,
	NULL, NULL, network, 0, 0.0, 0.0, 0, 0, standing, 1, now.ms - age * h.ms, now.ms - (age - coalesce(lasted, 1)) * h.ms,
	now.ms - (age - lasted) * h.ms, coalesce(end_reason, 'logout'), 0, action, enforced, incident_id, bodies, bodies, bodies * 1000, 100, bodies * 1100, 0, 0, 0, 1
FROM s, now, h JOIN account ON account.id = s.account_id;

INSERT INTO mailbox VALUES (1, 'd1f2d1f2d1f2d1f2d1f2d1f2d1f2d1f2', 1700000000, 'INBOX', 'anna@example.org');
INSERT INTO mailbox VALUES (2, 'e1f2d1f2d1f2d1f2d1f2d1f2d1f2d1f2', 1700000001, 'Archive', 'anna@example.org');
INSERT INTO mailbox VALUES (3, 'f1f2d1f2d1f2d1f2d1f2d1f2d1f2d1f2', 1700000002, 'evil', 'hostile');

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
INSERT INTO read
SELECT r.session_id, mailbox_id, kind, r.name, uids, messages, 0, messages * 1000, now.ms - age * h.ms, now.ms - (age - 1) * h.ms, 0, NULL, NULL, NULL, 0
FROM r, now, h JOIN s ON s.id = r.session_id;

INSERT INTO known VALUES (1, 0, 'FR', 14, 20400, 20414), (1, 1, 'AS64496', 14, 20400, 20414), (1, 2, 'thunderbird', 9, 20400, 20414);
INSERT INTO daily SELECT 1, ms / 86400000 - 5, 12 FROM now;

INSERT INTO incident SELECT 17, 'AA-17', 1, 'RU', 'AS64500', 'imapdump', 'open', 'stop', 1, now.ms - 18 * h.ms, now.ms - 18 * h.ms, 2, 30, 30,
	'30 first-time bodies from AS64500/RU, usual maximum 12, limit 30' FROM now, h;
INSERT INTO verdict SELECT 1, 30, now.ms - 19 * h.ms, 'stop', 'volume',
	'30 first-time bodies in 24 h over unfamiliar sessions, usual maximum 12, limit 30 (= max(30, 1 × 12))' || char(10) ||
	'country RU never seen for this account; seen: FR (14 days)', 'enforce', 1, 17 FROM now, h;
INSERT INTO verdict SELECT 2, 31, now.ms - 18 * h.ms, 'refuse', 'block', 'block 7 is in force', 'enforce', 1, 17 FROM now, h;
INSERT INTO block SELECT 7, 1, 'anna@example.org', 'AS64500', 'imapdump', now.ms - 19 * h.ms, now.ms + 24 * h.ms, NULL, 'rule volume', NULL, NULL, 17 FROM now, h;
INSERT INTO block SELECT 8, 1, 'anna@example.org', '*', '*', now.ms - 50 * h.ms, now.ms - 40 * h.ms, NULL, 'root', NULL, 'a note', NULL FROM now, h;
INSERT INTO block SELECT 9, 2, 'hostile', '203.0.113.0/24', char(27) || '[1m', now.ms - 50 * h.ms, now.ms + 40 * h.ms, now.ms - 30 * h.ms, 'root', 'eve' || char(7), NULL, NULL FROM now, h;
INSERT INTO gap SELECT 1, 'service-down', now.ms - 60 * h.ms, now.ms - 59 * h.ms, NULL, NULL, 0, 0, 'killed' FROM now, h;
INSERT INTO gap SELECT 2, 'late-answer', now.ms - 29 * h.ms, now.ms - 29 * h.ms, 'hostile', 'evil', 1, 5, 'x' || char(27) || 'y' FROM now, h;
-- As if the service went on living while the test runs.
INSERT INTO alive SELECT 1, now.ms + h.ms, 0, 1, 1 FROM now, h;
