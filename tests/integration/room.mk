# Build rules of tests/integration: ./check runs these, on both Dovecots.
EXTRA_DIST += \
	%D%/kinds.py \
	%D%/mailclient.py \
	%D%/record.py \
	%D%/stdlib_clients.py \
	%D%/ways.py \
	%D%/who.py \
	%D%/test-clients.sh \
	%D%/test-damage.sh \
	%D%/test-kinds.sh \
	%D%/test-memory.sh \
	%D%/test-outages.sh \
	%D%/test-ways.sh \
	%D%/test-who.sh
