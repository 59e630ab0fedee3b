-- From version 2 to 3: what admins order, and what they find of an incident.

ALTER TABLE incident ADD COLUMN finding TEXT NOT NULL DEFAULT 'none';
ALTER TABLE incident ADD COLUMN decided_ms INTEGER;
ALTER TABLE incident ADD COLUMN decided_by TEXT;

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
	incident_id	INTEGER
) STRICT;
CREATE INDEX standing_order_by_account ON standing_order (account, from_ms);
CREATE INDEX standing_order_not_lifted ON standing_order (until_ms)
	WHERE lifted_ms IS NULL;

PRAGMA user_version = 3;
