-- doveadm audit export account: inquiries. A column whose name ends in "#" is a number.
SELECT at, verb, about, rows AS "rows#"
FROM v_inquiry
WHERE about = :account
ORDER BY at_ms;
