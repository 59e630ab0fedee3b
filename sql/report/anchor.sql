-- doveadm audit anchor: the last link that no transaction adds to any more.
SELECT	link, hash, rows, at_ms
FROM v_chain
WHERE link = (SELECT max(n) FROM chain) -
	(SELECT open FROM chain WHERE n = (SELECT max(n) FROM chain));
