# Build rules of tests/integration: ./check runs these, on both Dovecots.
EXTRA_DIST += tests/data/audit-fixture.sql tests/data/backtest-fixture.sql \
	tests/data/metrics/rules.test.yml \
	%D%/exposure.py \
	%D%/hook.py \
	%D%/kinds.py \
	%D%/lines.py \
	%D%/mailclient.py \
	%D%/metrics.py \
	%D%/orders.py \
	%D%/record.py \
	%D%/refusal.py \
	%D%/stand_in.py \
	%D%/stdlib_clients.py \
	%D%/ways.py \
	%D%/who.py \
	%D%/test-canary.sh \
	%D%/test-clients.sh \
	%D%/test-damage.sh \
	%D%/test-doveadm-live.sh \
	%D%/test-exposure.sh \
	%D%/test-doveadm.sh \
	%D%/test-kinds.sh \
	%D%/test-lines.sh \
	%D%/test-memory.sh \
	%D%/test-metrics.sh \
	%D%/test-networks.sh \
	%D%/test-notify.sh \
	%D%/test-orders.sh \
	%D%/test-outages.sh \
	%D%/test-refusal.sh \
	%D%/test-settings.sh \
	%D%/test-campaign.sh \
	%D%/test-blocks.sh \
	%D%/test-thief.sh \
	%D%/test-ways.sh \
	%D%/test-who.sh
