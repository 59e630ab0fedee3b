-- doveadm audit report: what is usual for the account.
SELECT	what, name, days, first_day, last_day
FROM v_known
WHERE account = :account AND what <> 'protocol'
ORDER BY CASE what WHEN 'country' THEN 0 WHEN 'network' THEN 1 ELSE 2 END,
	days DESC, name;
