-- From version 5 to 6: decoys, which nobody has a reason to open.

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
	removed_by	TEXT
) STRICT;
CREATE INDEX canary_watched ON canary (id) WHERE removed_ms IS NULL;

PRAGMA user_version = 6;
