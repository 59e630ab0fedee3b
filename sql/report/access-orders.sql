-- doveadm audit export account: orders. A column whose name ends in "#" is a number.
SELECT kind, what, state, from_at, until_at, lifted_at, made_by, lifted_by, note
FROM v_order
WHERE account = :account
ORDER BY from_ms;
