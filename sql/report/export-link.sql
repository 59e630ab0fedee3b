-- doveadm audit export: how far the chain goes; open: its last link may still take
-- rows.
SELECT	n, open
FROM chain
ORDER BY n DESC
LIMIT 1;
