-- doveadm audit report: the last link of the chain.
SELECT	link, at_ms, hash
FROM v_chain
ORDER BY link DESC
LIMIT 1;
