-- From version 6 to 7: a chain over the evidence, names of messages, who looked, what
-- was deleted on purpose, searches by category, and sessions that come from a log.

ALTER TABLE session ADD COLUMN origin TEXT NOT NULL DEFAULT 'live';
ALTER TABLE search ADD COLUMN categories TEXT NOT NULL DEFAULT '';

-- The chain's.
ALTER TABLE account ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE read ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE search ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verdict ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident_account ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE block ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE standing_order ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE canary ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE failed ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;

-- The time that retention goes by, and what it asks before a mailbox goes.
ALTER TABLE alive ADD COLUMN trusted_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX search_by_mailbox ON search (mailbox_id);
CREATE INDEX seen_by_mailbox ON seen (mailbox_id);

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

PRAGMA user_version = 7;
