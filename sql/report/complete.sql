-- Is a report complete? One row: when the record begins, how far it goes and whether it
-- ended with a goodbye, and when auth told the service of logins (seconds, as a uid-set).
-- Where old logs were imported first, it begins with the first message that was read,
-- for want of an index of the sessions that were told live.
SELECT	min(coalesce((SELECT min(first_ms) FROM read), 9e15),
	    coalesce((SELECT iif(origin = 'live', first_ms, NULL) FROM session
		ORDER BY id LIMIT 1), 9e15)) AS began_ms,
	(SELECT at_ms FROM v_alive) AS alive_ms,
	(SELECT clean FROM v_alive) AS goodbye,
	(SELECT state FROM site WHERE key = 'witness') AS witness;
