-- doveadm audit orders: those in force, or (:all = 1) all that were ever made; of one
-- kind, unless that is empty.
SELECT	order_row, kind, account, what, state, from_ms, until_ms, made_by,
	lifted_ms, lifted_by, incident, note
FROM v_order
WHERE account GLOB :mask AND (:kind = '' OR kind = :kind)
	AND (:all OR (state = 'active' AND kind <> 'kick'))
ORDER BY order_row DESC;
