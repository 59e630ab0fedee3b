-- The tables of dovecot-access-audit, version 7. SCHEMA.md explains them.
--
-- Rules:
--   …_ms   milliseconds since 1970 UTC; …_s seconds; day = local days since 1970
--   NULL   unknown or none
--   ids    given out by the service, never by the database
--   sealed number of the link of the chain that answers for the row; 0 none so far
--   words  as core/model/words.c spells them; addresses and networks as text
--
-- No foreign keys: rows arrive in any order within a batch, and a fact is kept
-- even if what it points to is missing. A released schema changes by a new file
-- in migrations/, together with this one: new columns come last, as ALTER TABLE
-- adds them.

PRAGMA application_id = 1094808932;	-- "AAud"

-- Whoever has logged in successfully.
CREATE TABLE account (
	id		INTEGER PRIMARY KEY,
	name		TEXT NOT NULL UNIQUE,
	first_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	sessions	INTEGER NOT NULL,	-- quiet ones
	uid_known	INTEGER NOT NULL,
	uid		INTEGER NOT NULL,	-- of its mail processes, if known
	life		TEXT NOT NULL DEFAULT '',	-- the engine's own words
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE session (
	id		INTEGER PRIMARY KEY,
	account_id	INTEGER NOT NULL,
	key		TEXT NOT NULL UNIQUE,	-- secret: in no view
	session_id	TEXT,			-- Dovecot's
	real_user	TEXT,			-- master user, or the account
	service		TEXT NOT NULL,
	method		TEXT,
	ip		TEXT,
	port		INTEGER,
	local_ip	TEXT,
	local_port	INTEGER,
	proxy_ip	TEXT,			-- trusted peer that forwarded ip
	tls		INTEGER NOT NULL,
	client		TEXT,			-- IMAP ID
	country		TEXT,
	asn		INTEGER,
	as_org		TEXT,
	network		TEXT NOT NULL,		-- AS number or prefix
	located		INTEGER NOT NULL,	-- lat, lon, radius_km count
	lat		REAL NOT NULL,
	lon		REAL NOT NULL,
	radius_km	INTEGER NOT NULL,
	private_ip	INTEGER NOT NULL,
	standing	TEXT NOT NULL,
	confirmed	INTEGER NOT NULL,	-- peer's uid agrees with the account
	first_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	end_ms		INTEGER,		-- NULL: open
	end_reason	TEXT NOT NULL,		-- if end_ms is there
	paused		INTEGER NOT NULL,	-- hibernating
	action		TEXT NOT NULL,		-- worst verdict
	enforced	INTEGER NOT NULL,	-- and it was carried out
	incident_id	INTEGER,
	bodies		INTEGER NOT NULL,	-- distinct messages
	first_time_bodies INTEGER NOT NULL,
	body_bytes	INTEGER NOT NULL,
	bytes_in	INTEGER NOT NULL,
	bytes_out	INTEGER NOT NULL,
	lease_granted	INTEGER NOT NULL,
	lease_spent	INTEGER NOT NULL,
	unaudited_ms	INTEGER NOT NULL,	-- went on without an answer
	seq		INTEGER NOT NULL,	-- last report
	visit		TEXT NOT NULL DEFAULT '',	-- the engine's own words
	net_class	TEXT NOT NULL DEFAULT 'unknown',
	origin		TEXT NOT NULL DEFAULT 'live',	-- or log: told by an old log
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX session_by_account ON session (account_id, last_ms);
CREATE INDEX session_by_time ON session (last_ms);
CREATE INDEX session_by_start ON session (first_ms);
CREATE INDEX session_by_end ON session (end_ms) WHERE end_ms IS NOT NULL;
CREATE INDEX session_by_ip ON session (ip, first_ms);
CREATE INDEX session_by_network ON session (network, first_ms);
CREATE INDEX session_by_client ON session (client COLLATE NOCASE, first_ms);
CREATE INDEX session_by_session_id ON session (session_id);
CREATE INDEX session_open ON session (id) WHERE end_ms IS NULL;
CREATE INDEX session_by_incident ON session (incident_id)
	WHERE incident_id IS NOT NULL;

CREATE TABLE mailbox (
	id		INTEGER PRIMARY KEY,
	guid		TEXT NOT NULL,
	uidvalidity	INTEGER NOT NULL,
	name		TEXT NOT NULL,		-- the last one seen
	owner		TEXT NOT NULL,
	sealed		INTEGER NOT NULL DEFAULT 0,
	UNIQUE (guid, uidvalidity)
) STRICT;
CREATE INDEX mailbox_by_owner ON mailbox (owner);

-- What a session was given of a mailbox in one kind: one row with a uid-set,
-- however many messages.
CREATE TABLE read (
	session_id	INTEGER NOT NULL,	-- session.id
	mailbox_id	INTEGER NOT NULL,
	kind		TEXT NOT NULL,
	name		TEXT NOT NULL,		-- as this session called the mailbox
	uids		TEXT NOT NULL,		-- "1:5000,5003"
	messages	INTEGER NOT NULL,
	first_time	INTEGER NOT NULL,	-- body: new to the account
	bytes		INTEGER NOT NULL,	-- repeats included
	first_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	old_messages	INTEGER NOT NULL,	-- older than 30 days when read
	oldest_s	INTEGER,
	newest_s	INTEGER,
	fields		TEXT,			-- kind fields: names asked for
	fields_wide	INTEGER NOT NULL,	-- more than a message list needs
	stale		INTEGER NOT NULL DEFAULT 0,	-- of first_time: given long ago
	sealed		INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (session_id, mailbox_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_by_mailbox ON read (mailbox_id);
CREATE INDEX read_by_start ON read (first_ms);

-- Searches by content, if access_audit_search_terms keeps their terms.
CREATE TABLE search (
	session_id	INTEGER NOT NULL,
	mailbox_id	INTEGER NOT NULL,
	at_ms		INTEGER NOT NULL,
	terms		TEXT NOT NULL,
	hits		INTEGER NOT NULL,
	categories	TEXT NOT NULL DEFAULT '',	-- "credentials,finance"
	sealed		INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (session_id, at_ms, mailbox_id, terms)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_by_time ON search (at_ms);
CREATE INDEX search_by_mailbox ON search (mailbox_id);

-- Every UID whose body the account has ever read, how far it had got on each of
-- the last days, and what strangers among its sessions opened.
CREATE TABLE seen (
	account_id	INTEGER NOT NULL,
	mailbox_id	INTEGER NOT NULL,
	uids		TEXT NOT NULL,
	reach		TEXT NOT NULL DEFAULT '',	-- the engine's own words
	strange		TEXT NOT NULL DEFAULT '',	-- UIDs, by unfamiliar sessions
	PRIMARY KEY (account_id, mailbox_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_mailbox ON seen (mailbox_id);

-- What the engine knows of an account: names that its sessions came with (days =
-- 0: a stranger, only watched), messages opened for the first time from there …
CREATE TABLE known (
	account_id	INTEGER NOT NULL,
	what		INTEGER NOT NULL,	-- 0 country, 1 network, 2 client,
						-- 3 protocol
	name		TEXT NOT NULL,
	days		INTEGER NOT NULL,
	first_day	INTEGER NOT NULL,
	last_day	INTEGER NOT NULL,
	fresh		INTEGER NOT NULL DEFAULT 0,	-- new mail
	stale		INTEGER NOT NULL DEFAULT 0,	-- given long ago
	prefix_days	INTEGER NOT NULL DEFAULT 0,	-- brought a new prefix
	PRIMARY KEY (account_id, what, name)
) STRICT, WITHOUT ROWID;

-- … and how many messages were opened for the first time in a day: all and the
-- stale ones of them, by familiar and by other (odd) sessions; and how many old
-- headers familiar ones listed.
CREATE TABLE daily (
	account_id	INTEGER NOT NULL,
	day		INTEGER NOT NULL,
	bodies		INTEGER NOT NULL,
	stale		INTEGER NOT NULL DEFAULT 0,
	odd_bodies	INTEGER NOT NULL DEFAULT 0,
	odd_stale	INTEGER NOT NULL DEFAULT 0,
	headers		INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;

-- What the engine knows of the whole site, line by line: "network AS64496" and how
-- many accounts know it, and others in the engine's own words.
CREATE TABLE site (
	key		TEXT PRIMARY KEY,
	state		TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
	id		INTEGER PRIMARY KEY,
	session_id	INTEGER NOT NULL,	-- session.id
	at_ms		INTEGER NOT NULL,
	action		TEXT NOT NULL,
	rule		TEXT,
	reasons		TEXT,			-- one a line
	mode		TEXT NOT NULL,
	enforced	INTEGER NOT NULL,
	incident_id	INTEGER,
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX verdict_by_session ON verdict (session_id);
CREATE INDEX verdict_by_time ON verdict (at_ms);
CREATE INDEX verdict_by_incident ON verdict (incident_id)
	WHERE incident_id IS NOT NULL;

CREATE TABLE incident (
	id		INTEGER PRIMARY KEY,
	ref		TEXT NOT NULL UNIQUE,	-- "AA-17"
	account_id	INTEGER NOT NULL,
	country		TEXT,
	network		TEXT NOT NULL,
	client		TEXT,
	state		TEXT NOT NULL,
	action		TEXT NOT NULL,		-- the worst
	enforced	INTEGER NOT NULL,
	opened_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	sessions	INTEGER NOT NULL,
	bodies		INTEGER NOT NULL,
	first_time_bodies INTEGER NOT NULL,
	summary		TEXT NOT NULL,
	finding		TEXT NOT NULL DEFAULT 'none',	-- of a person
	decided_ms	INTEGER,	-- state or finding was last changed …
	decided_by	TEXT,		-- … by whom
	kind		TEXT NOT NULL DEFAULT 'account',
	source		TEXT,			-- campaign: the prefix, if it has one
	accounts	INTEGER NOT NULL DEFAULT 1,	-- that are in it
	former_id	INTEGER,	-- this place was an incident before
	joined_id	INTEGER,		-- campaign that it is a part of now
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX incident_by_account ON incident (account_id, last_ms);
CREATE INDEX incident_by_time ON incident (last_ms);
CREATE INDEX incident_campaign_open ON incident (id)
	WHERE kind = 'campaign' AND state = 'open';
CREATE INDEX incident_open ON incident (last_ms) WHERE state = 'open';

-- The accounts of a campaign, also those that were only tried.
CREATE TABLE incident_account (
	incident_id	INTEGER NOT NULL,
	account		TEXT NOT NULL,
	part		TEXT NOT NULL,		-- the worst that happened to it
	first_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	sealed		INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (incident_id, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_account_by_account ON incident_account (account);

CREATE TABLE block (
	id		INTEGER PRIMARY KEY,
	account_id	INTEGER,		-- NULL: never logged in so far
	account		TEXT NOT NULL,
	network		TEXT NOT NULL,		-- "*" any
	client		TEXT NOT NULL,		-- "*" any
	from_ms		INTEGER NOT NULL,
	until_ms	INTEGER NOT NULL,
	lifted_ms	INTEGER,		-- NULL: not lifted
	made_by		TEXT NOT NULL,
	lifted_by	TEXT,
	note		TEXT,
	incident_id	INTEGER,
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX block_by_account ON block (account, until_ms);
CREATE INDEX block_in_force ON block (until_ms) WHERE lifted_ms IS NULL;

-- What admins have ordered: a lock, an allowance, a travel, a kick.
CREATE TABLE standing_order (
	id		INTEGER PRIMARY KEY,
	kind		TEXT NOT NULL,
	account		TEXT NOT NULL,		-- allow: "*" any
	what		TEXT NOT NULL,		-- network, country, session id; "*" any
	from_ms		INTEGER NOT NULL,
	until_ms	INTEGER,		-- NULL: until it is lifted
	lifted_ms	INTEGER,		-- NULL: not lifted
	made_by		TEXT NOT NULL,
	lifted_by	TEXT,
	note		TEXT,
	incident_id	INTEGER,
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX standing_order_by_account ON standing_order (account, from_ms);
CREATE INDEX standing_order_not_lifted ON standing_order (until_ms)
	WHERE lifted_ms IS NULL;

-- What people are told of incidents, by each way, until they have been told, and 30
-- days longer.
CREATE TABLE notification (
	id		INTEGER PRIMARY KEY,
	event		TEXT NOT NULL,		-- stable: the receiver knows it by this
	incident_id	INTEGER,
	channel		TEXT NOT NULL,
	kind		TEXT NOT NULL,
	account		TEXT,
	state		TEXT NOT NULL,
	made_ms		INTEGER NOT NULL,
	due_ms		INTEGER NOT NULL,	-- not before; if it waits
	done_ms		INTEGER,		-- sent or given up
	tries		INTEGER NOT NULL,
	held		INTEGER NOT NULL,	-- kind held-back: how many more
	error		TEXT,			-- of the last try
	body		TEXT NOT NULL
) STRICT;
CREATE INDEX notification_waiting ON notification (id) WHERE state = 'waiting';
CREATE INDEX notification_by_time ON notification (made_ms);

-- Decoys: messages that nobody has a reason to open.
CREATE TABLE canary (
	id		INTEGER PRIMARY KEY,
	account		TEXT NOT NULL,
	guid		TEXT NOT NULL,		-- of the mailbox
	uidvalidity	INTEGER NOT NULL,
	uid		INTEGER NOT NULL,
	box		TEXT NOT NULL,		-- its name when planted
	subject		TEXT NOT NULL,
	message_id	TEXT NOT NULL,
	made_ms		INTEGER NOT NULL,
	made_by		TEXT NOT NULL,
	armed_ms	INTEGER NOT NULL,	-- known clients may fetch it before
	swept		INTEGER NOT NULL,	-- times fetched along with all else
	tripped		INTEGER NOT NULL,	-- times opened otherwise
	tripped_ms	INTEGER,		-- the last of these
	incident_id	INTEGER,		-- and what it led to
	removed_ms	INTEGER,		-- NULL: it is watched
	removed_by	TEXT,
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX canary_watched ON canary (id) WHERE removed_ms IS NULL;

-- What could not be recorded, and when.
CREATE TABLE gap (
	id		INTEGER PRIMARY KEY,
	cause		TEXT NOT NULL,
	from_ms		INTEGER NOT NULL,
	until_ms	INTEGER NOT NULL,
	account		TEXT,			-- NULL: all
	session_id	TEXT,			-- Dovecot's
	sessions	INTEGER NOT NULL,	-- at most touched
	messages	INTEGER NOT NULL,
	detail		TEXT,
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX gap_by_time ON gap (until_ms);
CREATE INDEX gap_by_account ON gap (account, until_ms);

-- Failed logins, added up. Past a daily number of rows the name becomes "*" and
-- the address its prefix, so that strangers cannot grow the table at will.
CREATE TABLE failed (
	day		INTEGER NOT NULL,
	ip		TEXT NOT NULL,
	name		TEXT NOT NULL,
	known_account	INTEGER NOT NULL,
	count		INTEGER NOT NULL,
	first_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	country		TEXT,
	network		TEXT,
	sealed		INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (day, ip, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX failed_by_name ON failed (name, day);
CREATE INDEX failed_by_ip ON failed (ip, day);
CREATE INDEX failed_by_start ON failed (first_ms);

-- Names of messages whose body or part was read: a message can be told by them when
-- it is gone, and found by its Message-ID wherever it lies.
CREATE TABLE message (
	mailbox_id	INTEGER NOT NULL,
	uid		INTEGER NOT NULL,
	message_id	TEXT,			-- without <>; NULL: it has none
	mid		INTEGER,	-- first 63 bits of SHA-256 of message_id
	size		INTEGER,
	date_s		INTEGER,
	last_ms		INTEGER NOT NULL DEFAULT 0,	-- when it was last named
	sealed		INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_by_mid ON message (mid) WHERE mid IS NOT NULL;
CREATE INDEX message_by_time ON message (last_ms);

-- Who looked at the record, or changed it on purpose.
CREATE TABLE inquiry (
	id		INTEGER PRIMARY KEY,
	at_ms		INTEGER NOT NULL,
	made_by		TEXT NOT NULL,
	verb		TEXT NOT NULL,		-- scope, report, export, forget …
	about		TEXT NOT NULL,
	rows		INTEGER NOT NULL,	-- that were shown or concerned
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX inquiry_by_time ON inquiry (at_ms);

-- Rows that were deleted on purpose: a range of the first column of their key.
CREATE TABLE tombstone (
	id		INTEGER PRIMARY KEY,
	what		TEXT NOT NULL,		-- table
	from_key	INTEGER NOT NULL,
	to_key		INTEGER NOT NULL,
	at_ms		INTEGER NOT NULL,	-- the last of them
	why		TEXT NOT NULL,
	rows		INTEGER NOT NULL,
	made_by		TEXT NOT NULL,
	sealed		INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tombstone_by_table ON tombstone (what, to_key);

-- The chain over all rows that have a column sealed: SCHEMA.md, "The chain".
CREATE TABLE chain (
	n		INTEGER PRIMARY KEY,
	at_ms		INTEGER NOT NULL,
	rows		INTEGER NOT NULL,	-- sealed rows that there are now
	collected	INTEGER NOT NULL,	-- links up to here had no entries left
	note		TEXT NOT NULL DEFAULT '',
	digest		BLOB NOT NULL,		-- SHA-256 of entries
	hash		BLOB NOT NULL,		-- … of the link and the one before
	kept		INTEGER NOT NULL,	-- entries in all links up to here
	open		INTEGER NOT NULL DEFAULT 0,	-- it may still take entries
	entries		BLOB			-- NULL: later links say all of it
) STRICT;
CREATE INDEX chain_entries ON chain (n) WHERE entries IS NOT NULL;
CREATE INDEX chain_note ON chain (note) WHERE note <> '';

-- Rows that were deleted on purpose, as long as older links still speak of them.
CREATE TABLE gone (
	what		INTEGER NOT NULL,	-- number of the table
	key		BLOB NOT NULL,		-- as in entries
	n		INTEGER NOT NULL,	-- the link that says so
	PRIMARY KEY (what, key)
) STRICT, WITHOUT ROWID;

-- In the order in which rows became what they are: export goes on from there.
CREATE INDEX session_by_link ON session (sealed);
CREATE INDEX read_by_link ON read (sealed);
CREATE INDEX search_by_link ON search (sealed);
CREATE INDEX incident_by_link ON incident (sealed);

-- One row, written with each batch: the service's sign of life, and which batch
-- of which writer was the last. A writer that cannot know whether its COMMIT
-- came through reads the answer here.
CREATE TABLE alive (
	id		INTEGER PRIMARY KEY CHECK (id = 1),
	at_ms		INTEGER NOT NULL,
	clean		INTEGER NOT NULL,	-- it was a goodbye
	run		INTEGER NOT NULL,	-- random, of the writer
	ticket		INTEGER NOT NULL,
	trusted_ms	INTEGER NOT NULL DEFAULT 0	-- see core/store/trusted.h
) STRICT;

PRAGMA user_version = 7;
