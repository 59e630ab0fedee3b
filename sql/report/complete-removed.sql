-- Is a report complete? What was deleted on purpose of sessions and reads, one row for
-- each reason. The service gives out the numbers of sessions in the order of time:
-- from kept_ms on, when the first one after them began, nothing is gone for that
-- reason.
WITH gone AS (
	SELECT	why, sum(rows) AS rows, max(at_ms) AS at_ms, max(to_key) AS to_key
	FROM tombstone
	WHERE what IN ('session', 'read')
	GROUP BY why)
SELECT	why, rows, at_ms,
	(SELECT first_ms FROM session WHERE id > to_key ORDER BY id LIMIT 1) AS kept_ms
FROM gone
ORDER BY at_ms;
