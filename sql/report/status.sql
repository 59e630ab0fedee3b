-- doveadm audit status, asked by the service or, while it is down, by doveadm:
-- one row of what the database as a whole tells. The service gives out ids one by
-- one: the last is how many there ever were, and asks for no walk through millions.
SELECT	(SELECT at_ms FROM v_alive) AS last_sign_of_life_ms,
	(SELECT iif(clean, 'yes', 'no') FROM v_alive) AS stopped_cleanly,
	(SELECT first_ms FROM account ORDER BY id LIMIT 1) AS recorded_since_ms,
	(SELECT coalesce(max(id), 0) FROM account) AS accounts,
	(SELECT coalesce(max(id), 0) FROM session) AS sessions,
	(SELECT count(*) FROM session WHERE end_ms IS NULL) AS open_sessions,
	(SELECT count(*) FROM incident WHERE state = 'open') AS open_incidents,
	(SELECT count(*) FROM block
		WHERE lifted_ms IS NULL AND until_ms > :now) AS active_blocks,
	(SELECT coalesce(max(id), 0) FROM gap) AS gaps,
	(SELECT max(until_ms) FROM gap) AS last_gap_until_ms;
