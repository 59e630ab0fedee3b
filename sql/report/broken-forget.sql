-- Erasures that were asked for since then and had erased nothing, as far as their inquiry
-- tells: the service ended before they did, or there was nothing.
SELECT id, made_by FROM inquiry
WHERE at_ms >= :since AND verb = 'forget' AND rows = 0
ORDER BY at_ms, id;
