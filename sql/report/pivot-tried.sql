-- doveadm audit pivot: failed logins at accounts that exist, from addresses between
-- two texts; the caller looks closer.
SELECT	name AS account, ip, count, first_ms, last_ms
FROM failed INDEXED BY failed_by_ip
WHERE ip >= :from AND ip < :to AND known_account = 1 AND name <> '*'
	AND first_ms <= :until AND last_ms >= :since;
