-- What the service's metrics tell of the whole database, one row for each number.
-- Asked every few seconds while a monitor is there: it reads small tables and the
-- ends of indexes only.
SELECT	'incidents' AS family,
	state AS label,
	count(*) AS value
FROM incident
WHERE last_ms > :now - 30 * 86400000
GROUP BY state
UNION ALL
SELECT	'blocks', '', count(*)
FROM block
WHERE lifted_ms IS NULL AND until_ms > :now
UNION ALL
SELECT	'gaps', cause, count(*)
FROM gap
WHERE until_ms > :now - 86400000
GROUP BY cause
UNION ALL
SELECT	'gaps_open', '', count(*)
FROM gap
WHERE until_ms > :now - 60000;
