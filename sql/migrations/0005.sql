-- From version 4 to 5: one incident for many accounts, what became of an incident,
-- and ways to find sessions by where they came from.

ALTER TABLE incident ADD COLUMN kind TEXT NOT NULL DEFAULT 'account';
ALTER TABLE incident ADD COLUMN source TEXT;
ALTER TABLE incident ADD COLUMN accounts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE incident ADD COLUMN former_id INTEGER;
ALTER TABLE incident ADD COLUMN joined_id INTEGER;
CREATE INDEX incident_campaign_open ON incident (id)
	WHERE kind = 'campaign' AND state = 'open';
CREATE INDEX incident_open ON incident (last_ms) WHERE state = 'open';

CREATE TABLE incident_account (
	incident_id	INTEGER NOT NULL,
	account		TEXT NOT NULL,
	part		TEXT NOT NULL,		-- the worst that happened to it
	first_ms	INTEGER NOT NULL,
	last_ms		INTEGER NOT NULL,
	PRIMARY KEY (incident_id, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_account_by_account ON incident_account (account);

CREATE INDEX session_by_ip ON session (ip, first_ms);
CREATE INDEX session_by_network ON session (network, first_ms);
CREATE INDEX session_by_client ON session (client COLLATE NOCASE, first_ms);
CREATE INDEX failed_by_ip ON failed (ip, day);

PRAGMA user_version = 5;
