#!/usr/bin/env bash
# test-kinds.sh VERSION: what is a read, and of which kind.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
aa_test_dovecot kinds anna@example.org </dev/null
aa_mails "$dir" anna@example.org INBOX 9
aa_mailbox "$dir" anna@example.org Copies
aa_mailbox "$dir" anna@example.org Moved
aa_test_start
aa_python kinds.py

# Dovecot's own tools read without a client.
before=$(aa_sql "$dir" "SELECT count(*) FROM v_read")
"$dir/doveadm" fetch -u anna@example.org "hdr body" mailbox INBOX all >"$dir/fetched"
"$dir/doveadm" search -u anna@example.org mailbox INBOX text Line >"$dir/searched"
"$dir/doveadm" force-resync -u anna@example.org INBOX
check "doveadm fetch and search are no reads" \
	[ "$(aa_sql "$dir" "SELECT count(*) FROM v_read")" = "$before" ]
check "and the mail was there to be read" grep -q "message 9 in INBOX" "$dir/fetched"
check "no error in the log" log_is_clean
exit "$aa_failed"
