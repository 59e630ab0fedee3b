-- doveadm audit report: blocks and orders: those of the incident (a session's, too),
-- or those of the account in this time. until_ms NULL: until it is
-- lifted, ten years as in v_block.
WITH one (incident_id) AS (SELECT CASE WHEN :incident <> 0 THEN :incident
		ELSE (SELECT incident_id FROM session WHERE id = :session) END),
names (name) AS (
	SELECT '*' UNION
	SELECT name FROM account WHERE id = :account UNION
	SELECT name FROM account WHERE id = (
		SELECT account_id FROM incident WHERE id = (SELECT incident_id FROM one))
	UNION SELECT account FROM incident_account
		WHERE incident_id = (SELECT incident_id FROM one))
SELECT	'block' AS what, v_block.account, v_block.network || ', ' || v_block.client AS object,
	v_block.state, v_block.from_ms,
	iif(v_block.until_ms - v_block.from_ms >= 315360000000, NULL, v_block.until_ms)
		AS until_ms,
	v_block.made_by, v_block.note
FROM block
JOIN v_block ON v_block.block = block.id
WHERE block.account IN (SELECT name FROM names)
  AND (block.incident_id = (SELECT incident_id FROM one) OR :account <> 0
	AND block.until_ms >= :since AND block.from_ms <= :until)
UNION ALL
SELECT	v_order.kind, v_order.account, v_order.what, v_order.state, v_order.from_ms,
	v_order.until_ms, v_order.made_by, v_order.note
FROM standing_order
JOIN v_order ON order_row = standing_order.id
WHERE standing_order.account IN (SELECT name FROM names)
  AND (standing_order.incident_id = (SELECT incident_id FROM one) OR :account <> 0
	AND coalesce(standing_order.until_ms, :until) >= :since
	AND standing_order.from_ms <= :until)
ORDER BY 5;
