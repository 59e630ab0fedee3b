-- From version 3 to 4: what people are told, until they have been told.

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

PRAGMA user_version = 4;
