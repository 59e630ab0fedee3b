#!/usr/bin/env bash
# test-memory.sh VERSION: the modules in imap and pop3 under valgrind, while they read
# everything, are stopped, refused, and lose the service.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
dir=$AA_BUILD/run/memory-$version
account=anna@example.org
none=unlimited
[ "$version" != 2.3 ] || none=0
# process NAME: one process for each session, so that each says what it leaked
process() {
	cat <<-END
	service $1 {
	  executable = /usr/bin/valgrind -q --vgdb=no --leak-check=full --show-leak-kinds=definite --keep-debuginfo=yes --log-file=$dir/valgrind/$1.%p /usr/lib/dovecot/$1
	  vsz_limit = $none
	}
	END
}
aa_test_dovecot memory "$account" <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_policy_file = $AA_BUILD/run/memory-$version/policy
access_audit_login_wait = 5s
$(process imap)
$(process pop3)
END
# The owner's first session is enough to know a stranger by.
cat >"$dir/policy" <<END
account_grace_days = 0
site_learn_days = 0
learn_days = 0
learn_sessions = 0
stop_at = 4
END
mkdir -m 1777 "$dir/valgrind"
aa_mails "$dir" "$account" INBOX 60 20 48	# most are older than 30 days
aa_mailbox "$dir" "$account" Copies
aa_test_start

session() {
	local name=$1
	shift
	imapload --timeout 60 --session-id "$name" "$@" >"$dir/$name" 2>&1 || :
}
imap() {
	local name=$1 ip=$2
	shift 2
	session "$name" --rip "$ip" --client "App/1" 127.0.0.1 "$aa_imap_port" \
		"$account" "$aa_password" "SELECT INBOX" "$@"
}

imap all 192.0.2.9 "UID FETCH 1:10 (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[])" \
	"UID FETCH 4:8 (BODY.PEEK[1] BINARY.PEEK[] BODY.PEEK[]<0.50> PREVIEW)" \
	"UID FETCH 1:5 (BODY.PEEK[HEADER] BODY.PEEK[HEADER.FIELDS (SUBJECT X-A)])" \
	'SEARCH TEXT "message 3"' 'SORT (SUBJECT) UTF-8 SUBJECT "Message"' \
	"COPY 1:3 Copies" "UID FETCH 1:* FLAGS"
check "it read under valgrind" grep -q '^end done' "$dir/all"
session pop3 --pop3 --rip 192.0.2.9 127.0.0.1 "$aa_pop3_port" "$account" \
	"$aa_password" STAT LIST UIDL "RETR 11" "TOP 12 3" "TOP 13 0"
check "so did POP3" grep -q '^end done' "$dir/pop3"
imap again 192.0.2.9 "UID FETCH 1:9 BODY.PEEK[]"
aa_within 10 aa_holds "$dir" "SELECT count(*) > 0 FROM v_session
	WHERE session = 'all' AND end_ms IS NOT NULL" || :
imap stopped 198.51.100.7 "UID FETCH 1:* BODY.PEEK[]"
check "a thief was stopped" grep -q '^bye \[ALERT\] .*AA-' "$dir/stopped"
imap refused 198.51.100.7 "UID FETCH 1:* BODY.PEEK[]"
check "and refused" grep -q '^bye \[ALERT\] .*AA-' "$dir/refused"
session refused-pop3 --pop3 --rip 198.51.100.7 127.0.0.1 "$aa_pop3_port" \
	"$account" "$aa_password" "RETR 1"
kill -KILL "$(service_pid)"
imap service-gone 192.0.2.9 "UID FETCH 1:5 BODY.PEEK[]"
aa_dovecot_stop "$dir"

# What Dovecot itself leaks (2.4's pop3 does) names nothing of ours.
reports() {
	cat "$dir"/valgrind/* | sed 's/^==[0-9]*== \{0,1\}//' |
		awk -v RS= '!/definitely lost/ || /audit/' | head -n 60
}
check "every mail process was watched" \
	[ "$(find "$dir/valgrind" -type f | wc -l)" -ge 7 ]
check "no access out of place, no leak" [ -z "$(reports | tee "$dir/reports")" ]
sed 's/^/# /' "$dir/reports"
check "no panic in the log" log_is_clean "killed with signal 9|access-audit"
exit "$aa_failed"
