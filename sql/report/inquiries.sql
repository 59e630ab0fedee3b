-- doveadm audit inquiries: newest first.
SELECT	inquiry_row, at_ms, made_by, verb, about, rows
FROM v_inquiry
WHERE at_ms >= :since AND at_ms <= :until
ORDER BY at_ms DESC, inquiry_row DESC
LIMIT :limit;
