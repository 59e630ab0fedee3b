#!/usr/bin/env bash
# test-poison.sh VERSION: a report that the service dies of. It is sent again to the
# service that follows, but not for ever: then what it told of is a gap, and all else
# is on record.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
service=/usr/lib/dovecot/access-audit
aa_test_dovecot poison anna bob <<END
service access-audit {
  executable = /usr/bin/env LD_PRELOAD=$AA_BUILD/run/poison-$version/poison.so $service
}
END
cp "$AA_BUILD/$version/tests/tools/.libs/poison.so" "$dir"
aa_mails "$dir" anna INBOX 20
aa_mails "$dir" anna Poison 7
aa_mails "$dir" bob INBOX 20
aa_test_start

# client NAME ACCOUNT OPTION…
client() {
	local name=$1 account=$2
	shift 2
	imapload --timeout 60 --session-id "$name" --rip 192.0.2.9 "$@" >"$dir/$name" 2>&1 || :
}
deaths() { grep -c "service(access-audit): child .* killed with signal 6" "$dir/log/dovecot.log" || :; }
left_out() { grep -q "gap user=anna session=<$1>: the service died 3 times" "$dir/log/dovecot.log"; }
withheld() { # SESSION MESSAGES
	aa_holds "$dir" "SELECT count(*) = 1 AND sum(messages) = $2 FROM v_gap
		WHERE session = '$1' AND cause = 'refused-report'
		AND detail LIKE '%left out a report%'"
}

client before anna 127.0.0.1 "$aa_imap_port" anna "$aa_password" \
	"SELECT INBOX" "UID FETCH 1:5 BODY.PEEK[]"
check "the service is there" exact before "$dir/before"

client poison anna --hold 20000 127.0.0.1 "$aa_imap_port" anna "$aa_password" \
	"SELECT Poison" "UID FETCH 1:7 BODY.PEEK[]" &
pid=$!
check "the report is left out, and its mail process says so" aa_within 30 left_out poison
check "… and the record: a gap of 7 messages" aa_within 15 withheld poison 7
check "the service died three times of it ($(deaths))" [ "$(deaths)" = 3 ]
client other bob 127.0.0.1 "$aa_imap_port" bob "$aa_password" \
	"SELECT INBOX" "UID FETCH 1:20 BODY.PEEK[]"
check "another session is on record" exact other "$dir/other"
wait "$pid" || :
check "its client got what it asked for" grep -q "^total messages=7 " "$dir/poison"
check "its session has an end" aa_within 15 aa_holds "$dir" "SELECT count(*) = 1
	FROM v_session WHERE session = 'poison' AND end_reason IN ('disconnect', 'logout')"
check "… and its gap is there once" withheld poison 7
check "nobody died any more" [ "$(deaths)" = 3 ]
check "no other error in the log" log_is_clean "signal 6|gap user=anna session=<poison>"
exit "$aa_failed"
