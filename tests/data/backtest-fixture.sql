-- What tests/integration/test-doveadm.sh plays with doveadm audit backtest: after
-- schema.sql and views.sql. Times are ages in days, so that "3d" means something.
--
-- For 44 days anna, bert, dora, emil and an account with a hostile name read their new
-- mail every day from FR: day d brings UIDs 5 d + 301 … 5 d + 305; anna reads 12
-- messages on one day and 7 on another. 3 days ago a thief takes anna's old mail
-- (session 901), is still there with a second connection (902) and comes back
-- half an hour later (903); 2 days ago another one lists the headers of the
-- hostile account and takes parts of its mail (904). Bert travels 4 days ago: he
-- reads new mail, and his client shows previews of old (905); what comes from
-- somebody whom the service did not believe is not his (906). Who takes dora's
-- old mail 5 days ago has her client, and a network of her country (907). Emil's mail is searched
-- by somebody who opens none of it (908).
CREATE TEMP TABLE now AS SELECT unixepoch() * 1000 AS ms;
CREATE TEMP TABLE d AS SELECT 86400000 AS ms;

CREATE TEMP TABLE a (id, name);
INSERT INTO a VALUES (1, 'anna@example.org'), (2, 'bert@example.org'), (3, 'evil' || char(27) || '[31m' || char(0x202e) || '@example.org'), (4, 'dora@example.org'), (5, 'emil@example.org');
INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid) SELECT a.id, name, now.ms - 44 * d.ms, now.ms - d.ms, 40, 0, 0 FROM a, now, d;
INSERT INTO mailbox (id, guid, uidvalidity, name, owner) SELECT id, printf('%032x', id), 1700000000, 'INBOX', name FROM a;

CREATE TEMP TABLE s (id, account_id, ip, client, country, network, age, confirmed);
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 43)
INSERT INTO s SELECT 100 * a.id + i, a.id, '192.0.2.1', 'Thunderbird/115', 'FR', 'AS64496', 44 - i, 1 FROM n, a
WHERE a.id <> 2 OR i <> 40;
INSERT INTO s VALUES
	(901, 1, '198.51.100.7', 'imapdump', 'RU', 'AS64500', 3, 1),
	(902, 1, '198.51.100.7', 'imapdump', 'RU', 'AS64500', 2.999999, 1),
	(903, 1, '198.51.100.7', 'imapdump', 'RU', 'AS64500', 2.98, 1),
	(904, 3, '203.0.113.9', char(27) || ']0;owned' || char(7), 'KP', 'AS64501', 2, 1),
	(905, 2, '198.51.100.99', 'Thunderbird/115', 'ES', 'AS64502', 4, 1),
	(906, 2, '198.51.100.7', 'imapdump', 'RU', 'AS64500', 2, 0),
	(907, 4, '198.51.100.200', 'Thunderbird/115', 'FR', 'AS64510', 5, 1),
	(908, 5, '198.51.100.8', 'k9', 'RU', 'AS64505', 6, 1);
INSERT INTO session (id, account_id, key, session_id, service, ip, tls, client, country, network, located, lat, lon, radius_km, private_ip, standing, confirmed,
	first_ms, last_ms, end_ms, end_reason, paused, action, enforced, bodies, first_time_bodies, body_bytes, bytes_in, bytes_out,
	lease_granted, lease_spent, unaudited_ms, seq)
SELECT id, account_id, printf('%032x', id), 'session' || id, 'imap', ip, 1, client, country, network, 0, 0.0, 0.0, 0, 0, 'familiar', confirmed,
	CAST(now.ms - age * d.ms AS INTEGER), CAST(now.ms - age * d.ms AS INTEGER) + 600000, CAST(now.ms - age * d.ms AS INTEGER) + 600000, 'logout', 0, 'none', 0, 5, 5, 0, 0, 0,
	0, 0, 0, 1
FROM s, now, d;

CREATE TEMP TABLE r (session_id, kind, uids, messages, first_time, stale);
INSERT INTO r SELECT id, 'body', (5 * (44 - age) + 301) || ':' || (5 * (44 - age) + 305), 5, 5, 0 FROM s WHERE id < 900;
UPDATE r SET uids = uids || ',1001:1007', messages = 12 WHERE session_id = 130;
UPDATE r SET uids = uids || ',1011:1012', messages = 7 WHERE session_id = 132;
INSERT INTO r VALUES
	(901, 'body', '1:250', 250, 0, 250),
	(902, 'body', '251:300', 50, 0, 50),
	(903, 'body', '1:300', 300, 0, 0),
	(904, 'fields', '1:520', 520, 0, 0),
	(904, 'part', '1:250', 250, 0, 250),
	(905, 'body', '501:505', 5, 5, 0),
	(905, 'part', '1:250', 250, 0, 0),
	(906, 'body', '1:250', 250, 0, 250),
	(907, 'body', '1:300', 300, 0, 300);
INSERT INTO read (session_id, mailbox_id, kind, name, uids, messages, first_time, stale, bytes, first_ms, last_ms, old_messages, fields, fields_wide)
SELECT session_id, account_id, kind, 'INBOX', uids, messages, first_time, stale, messages * 1000,
	CAST(now.ms - age * d.ms AS INTEGER) + 1000, CAST(now.ms - age * d.ms AS INTEGER) + 9000, 0, iif(kind = 'fields', 'envelope', NULL), 0
FROM r, now, d JOIN s ON s.id = r.session_id;
INSERT INTO search (session_id, mailbox_id, at_ms, terms, hits) SELECT 904, 3, CAST(now.ms - 2 * d.ms AS INTEGER) + 9500, 'password', 3 FROM now, d;
WITH w (i, terms) AS (VALUES (1, 'password'), (2, 'TEXT "IBAN"'), (3, 'Passwort'), (4, 'lunch'))
INSERT INTO search (session_id, mailbox_id, at_ms, terms, hits) SELECT 908, 5, CAST(now.ms - 6 * d.ms AS INTEGER) + 1000 * i, terms, 3 FROM w, now, d;
INSERT INTO failed (day, ip, name, known_account, count, first_ms, last_ms, country, network) SELECT 20000, '203.0.113.0/24', '*', 0, 5000, now.ms - 3 * d.ms, now.ms - 3 * d.ms, 'KP', 'AS64501' FROM now, d;
INSERT INTO failed (day, ip, name, known_account, count, first_ms, last_ms, country, network) SELECT 20000, '203.0.113.9', 'anna@example.org', 1, 2, now.ms - 3 * d.ms, now.ms - 3 * d.ms, 'KP', 'AS64501' FROM now, d;
INSERT INTO alive (id, at_ms, clean, run, ticket) SELECT 1, now.ms, 0, 1, 1 FROM now;
