-- doveadm audit notify-test: what became of one that was made lately.
SELECT	channel, state, error
FROM v_notification
WHERE event = :event AND made_ms >= :since
ORDER BY made_ms, notification_row;
