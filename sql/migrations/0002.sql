-- From version 1 to 2: a home for what the engine knows, and indexes that give the
-- facts in order of time.

ALTER TABLE account ADD COLUMN life TEXT NOT NULL DEFAULT '';

ALTER TABLE session ADD COLUMN visit TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN net_class TEXT NOT NULL DEFAULT 'unknown';
CREATE INDEX session_by_start ON session (first_ms);
CREATE INDEX session_by_end ON session (end_ms) WHERE end_ms IS NOT NULL;

ALTER TABLE read ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
CREATE INDEX read_by_start ON read (first_ms);

CREATE INDEX search_by_time ON search (at_ms);

ALTER TABLE seen ADD COLUMN reach TEXT NOT NULL DEFAULT '';
ALTER TABLE seen ADD COLUMN strange TEXT NOT NULL DEFAULT '';

ALTER TABLE known ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;
ALTER TABLE known ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE known ADD COLUMN prefix_days INTEGER NOT NULL DEFAULT 0;

ALTER TABLE daily ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN odd_bodies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN odd_stale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN headers INTEGER NOT NULL DEFAULT 0;

CREATE TABLE site (
	key		TEXT PRIMARY KEY,
	state		TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the accounts know so far makes the site; it begins with the first of them.
INSERT INTO site (key, state)
SELECT	CASE what WHEN 0 THEN 'country ' WHEN 1 THEN 'network ' ELSE 'client ' END
	|| name, count(*)
FROM known WHERE days > 0 GROUP BY what, name;
INSERT INTO site (key, state)
SELECT 'site', count(*) || ' ' || (min(first_ms) / 86400000)
FROM account HAVING count(*) > 0;

CREATE INDEX failed_by_start ON failed (first_ms);

PRAGMA user_version = 2;
