-- doveadm audit import: when logins of that name failed from there on that day, as
-- far as it is on record; names beyond the day's limit stand under '*'.
SELECT	first_ms, last_ms
FROM failed
WHERE day = :day AND ip = :ip AND name IN (:name, '*')
ORDER BY name = '*'
LIMIT 1;
