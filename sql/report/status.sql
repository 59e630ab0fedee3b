-- doveadm audit status, asked by the service or, while it is down, by doveadm:
-- one row of what the database as a whole tells.
SELECT	(SELECT at_ms FROM v_alive) AS last_sign_of_life_ms,
	(SELECT iif(clean, 'yes', 'no') FROM v_alive) AS stopped_cleanly,
	(SELECT min(first_ms) FROM account) AS recorded_since_ms,
	(SELECT count(*) FROM account) AS accounts,
	(SELECT count(*) FROM session) AS sessions,
	(SELECT count(*) FROM session WHERE end_ms IS NULL) AS open_sessions,
	(SELECT count(*) FROM incident WHERE state = 'open') AS open_incidents,
	(SELECT count(*) FROM block
		WHERE lifted_ms IS NULL AND until_ms > :now) AS active_blocks,
	(SELECT count(*) FROM gap) AS gaps,
	(SELECT max(until_ms) FROM gap) AS last_gap_until_ms;
