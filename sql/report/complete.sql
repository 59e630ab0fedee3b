-- Is a report complete? One row: when the record begins, how far it goes, and when
-- auth told the service of logins (seconds, as a uid-set).
SELECT	min(coalesce((SELECT min(first_ms) FROM read), 9e15),
	    coalesce((SELECT first_ms FROM session WHERE origin = 'live'
		ORDER BY id LIMIT 1), 9e15)) AS began_ms,
	(SELECT at_ms FROM v_alive) AS alive_ms,
	(SELECT state FROM site WHERE key = 'witness') AS witness;
