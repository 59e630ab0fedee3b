-- doveadm audit import: was nobody there to record a login at that time? A row if so.
SELECT	cause
FROM gap INDEXED BY gap_by_time
WHERE until_ms >= :at - 10000 AND from_ms <= :at + 10000
  AND cause IN ('service-down', 'service-stopped', 'plugin-missing', 'store-full')
LIMIT 1;
