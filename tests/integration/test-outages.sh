#!/usr/bin/env bash
# test-outages.sh VERSION: the service is killed, stopped, absent. Mail flows, what
# was read is on record in the end, and what could not be recorded is a gap.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
account=anna@example.org
aa_test_dovecot outages "$account" <<END
mail_max_userip_connections = 50
END
aa_mails "$dir" "$account" INBOX 40
aa_test_start

# Forty messages one by one, in about two seconds.
download() {
	clients "$1" "$2" "$account" --rate 20 --each 40 127.0.0.1 "$aa_imap_port" \
		"$account" "$aa_password" "SELECT INBOX" "UID FETCH %d (UID BODY.PEEK[])"
}
one() {
	imapload --session-id "$1" --rip 192.0.2.9 127.0.0.1 "$aa_imap_port" \
		"$account" "$aa_password" "SELECT INBOX" \
		"UID FETCH 1:40 BODY.PEEK[]" >"$dir/$1" 2>&1 || :
}
running() { [ -n "$(service_pid)" ]; }
# seen FROM-MS CAUSE
gap_since() {
	aa_holds "$dir" "SELECT count(*) > 0 FROM v_gap
		WHERE until_ms >= $1 AND cause = '$2' AND from_ms <= until_ms"
}
now_ms() { date +%s%3N; }

# --- killed, twice, while 20 clients download ---

one warm-up
check "the first session is on record" exact warm-up "$dir/warm-up"
start=$(now_ms)
download killed 20
for _ in 1 2; do
	sleep 0.7
	kill -KILL "$(service_pid)"
	aa_within 10 running || :
done
wait "${client_pids[@]}" || :
check "killed: 20 clients got all 40 messages" all_got killed 20 40
check "killed: the record of each is exact" all_exact killed 20
check "killed: the outage is a gap" aa_within 10 gap_since "$start" service-down

# --- stopped, while 20 clients download and others log in ---

pid=$(service_pid)
download stopped 20
sleep 0.5
kill -STOP "$pid"
began=$SECONDS
one stopped-new
took=$((SECONDS - began))
check "stopped: a new session reads all" grep -q "^total messages=40 " "$dir/stopped-new"
check "stopped: and the login did not hang ($took s)" [ "$took" -le 15 ]
wait "${client_pids[@]}" || :
kill -CONT "$pid"
check "stopped: 20 clients got all 40 messages" all_got stopped 20 40
# A client that has gone may have left before the service could answer.
kept_or_gap() {
	local i bad=0
	for ((i = 1; i <= 20; i++)); do
		exact "stopped-$i" "$dir/stopped-$i" >"$dir/exact" ||
			aa_holds "$dir" "SELECT count(*) > 0 FROM v_gap
				WHERE session = 'stopped-$i'" || {
			cat "$dir/exact"
			bad=1
		}
	done
	return $bad
}
check "stopped: the record of each is exact, or a gap says what is missing" kept_or_gap
one after
check "stopped: then all is well again" exact after "$dir/after"

# --- a mail process is killed ---

start=$(now_ms)
download lost 1
sleep 1
mail_pid=$(sed -n 's/.*mpid=\([0-9]*\).*session=<lost-1>.*/\1/p' "$dir/log/dovecot.log")
kill -KILL "$mail_pid"
wait "${client_pids[@]}" || :
received=$(grep -c '^fetch .* BODY\[\]' "$dir/lost-1")
check "a killed mail process: its session is closed as lost" \
	aa_within 15 aa_holds "$dir" "SELECT count(*) FROM v_session
		WHERE session = 'lost-1' AND end_reason = 'lost'"
check "a killed mail process: a gap tells of it" \
	aa_within 10 gap_since "$start" no-final-report
check "a killed mail process: at most a second and a lease are missing of $received" \
	aa_holds "$dir" "SELECT coalesce(sum(messages), 0) BETWEEN $received - 35
		AND $received FROM v_read WHERE session = 'lost-1'"

check "no error in the log but these" log_is_clean \
	"access-audit|killed with signal 9"

# --- Dovecot is stopped while clients idle ---

# Ten sessions that have read and idle; their processes in mail_pids.
idlers() {
	clients "$1" 10 "$account" --hold 8000 127.0.0.1 "$aa_imap_port" "$account" \
		"$aa_password" "SELECT INBOX" "UID FETCH 1:5 BODY.PEEK[]"
	check "$1: ten sessions have read and idle" aa_within 15 aa_holds "$dir" \
		"SELECT count(*) = 10 AND sum(messages) = 50 FROM v_read
		WHERE session LIKE '$1-%'"
	mail_pids=$(aa_children "$dir" imap)
	: >"$dir/log/dovecot.log"
}
none_left() { for pid in $mail_pids; do aa_gone "$pid" || return 1; done; }

idlers group
# As systemd does it: each of its processes. The log's, too, but we want to read on.
pid=$(aa_dovecot_pid "$dir")
# shellcheck disable=SC2046,SC2086
kill "$pid" $(service_pid) $mail_pids
check "group: all of Dovecot ends" aa_within 20 aa_gone "$pid"
wait "${client_pids[@]}" || :
check "group: its mail processes, too" aa_within 20 none_left
check "group: and each could say so" aa_within 10 aa_holds "$dir" "SELECT
	count(*) = 10 AND sum(end_reason = 'disconnect') = 10 FROM v_session
	WHERE session LIKE 'group-%'"
aa_dovecot_again "$dir"
check "group: so what the gap holds is nothing" aa_within 10 aa_holds "$dir" \
	"SELECT cause = 'service-stopped' AND sessions = 0 FROM v_gap
	ORDER BY gap_row DESC LIMIT 1"

idlers master
aa_dovecot_stop "$dir"
wait "${client_pids[@]}" || :
check "master: mail processes end some time after it" aa_within 20 none_left
check "master: sessions that lost nothing say nothing" log_is_clean

# --- what the last service did not get to ---

# Killed while its clock was two hours ahead, and while it erased.
start=$(now_ms)
sqlite3 "$dir/db/audit.sqlite" "UPDATE alive SET at_ms = at_ms + 7200000, clean = 0;
	INSERT INTO inquiry (id, at_ms, made_by, verb, about, rows)
	VALUES (1000000, $start, 'root', 'forget', 'a forgotten account', 0)"
aa_dovecot_again "$dir"
check "a clock that was set back hides no outage" \
	aa_within 10 gap_since "$start" service-down
check "an erasure that was broken off is told" aa_within 10 grep -q \
	'access-audit: forget inquiry=1000000 by=root erased nothing before' \
	"$dir/log/dovecot.log"
aa_dovecot_stop "$dir"

# --- absent ---

absent() {
	aa_test_dovecot outages "$account" <<-END
	access_audit_fail_mode = $1
	service access-audit {
	  executable = /bin/false
	}
	END
	aa_mails "$dir" "$account" INBOX 40
	aa_test_start
}
absent open
one absent
check "absent, fail mode open: mail is read" grep -q "^total messages=40 " "$dir/absent"
check "absent: a log line tells what to do" grep -qE \
	"access-audit: .*(service|doveadm audit status)" "$dir/log/dovecot.log"
aa_dovecot_stop "$dir"
absent closed
one closed
check "absent, fail mode closed: nothing is read" grep -q "^total messages=0 " "$dir/closed"
check "absent, fail mode closed: one clean line says so" \
	grep -qE '^(bye|login NO) \[UNAVAILABLE\] ' "$dir/closed"
imapload --pop3 --rip 192.0.2.9 127.0.0.1 "$aa_pop3_port" "$account" \
	"$aa_password" "RETR 1" >"$dir/closed-pop3" 2>&1 || :
check "absent, fail mode closed: POP3 as well" \
	grep -qE -- '-ERR \[SYS/TEMP\] ' "$dir/closed-pop3"
check "absent: no panic" log_is_clean "access-audit"
exit "$aa_failed"
