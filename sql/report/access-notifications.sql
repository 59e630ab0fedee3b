-- doveadm audit export account: notifications. A column whose name ends in "#" is a number.
SELECT incident, channel, kind, state, made_at, done_at
FROM v_notification
WHERE account = :account
ORDER BY made_ms;
