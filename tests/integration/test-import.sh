#!/usr/bin/env bash
# test-import.sh VERSION: the log that this Dovecot has written, read into an empty
# database, says what its mail processes told live; the same log twice changes
# nothing; after two weeks of logs the owner is at home where he was, and a stranger
# is a stranger, on the first evening.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7
aa_test_dovecot import anna bob carl <<END
access_audit_mode = enforce
access_audit_login_wait = 5s
access_audit_campaign_accounts = 2
END
for account in anna bob; do
	aa_mails "$dir" "$account" INBOX 30 5 48
done
aa_test_start

log=$dir/log/dovecot.log
import() { "$dir/doveadm" -f tab audit import "$@" 2>"$dir/import.err"; }
# column NAME: its sum over the files of what import printed.
column() {
	awk -F'\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ sum += $at[name] } END { print sum + 0 }' "$dir/import.out"
}
run() { # STATUS ARGUMENT…
	local wanted=$1 status=0
	shift
	import "$@" >"$dir/import.out" || status=$?
	[ $status -eq "$wanted" ] || { sed 's/^/# /' "$dir/import.out" "$dir/import.err"; return 1; }
}
says() { grep -q -- "$1" "$dir/import.err" || { sed 's/^/# /' "$dir/import.err"; return 1; }; }
# client NAME ACCOUNT ADDRESS COMMAND…
client() {
	local name=$1 account=$2 ip=$3
	shift 3
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client "Mail/1" \
		127.0.0.1 "$aa_imap_port" "$account" "$aa_password" \
		"SELECT INBOX" "$@" >"$dir/$name" 2>&1 || :
}
pop3() { # ACCOUNT PASSWORD COMMAND…
	local user=$1 password=$2
	shift 2
	{
		exec 3<>"/dev/tcp/127.0.0.1/$aa_pop3_port"
		read -r -t 10 -u 3 _
		for line in "USER $user" "PASS $password" "$@" QUIT; do
			printf '%s\r\n' "$line" >&3
			read -r -t 10 -u 3 _ || :
		done
		timeout 10 cat <&3 >/dev/null || :
		exec 3>&-
	} 2>/dev/null || :
}
# What the record says of sessions, without what a log cannot know.
sessions() {
	aa_sql "$dir" "SELECT account, real_user, session, service, method, ip, local_ip, tls,
		end_reason, bytes_in, bytes_out, $1
		FROM v_session ORDER BY account, session, first_ms"
}
table() { aa_sql "$dir" "SELECT $1 FROM $2"; }
# All that an import may change, but not when it was written.
dump() {
	table "account, session, ip, first_ms, last_ms, end_ms, end_reason, standing, bodies,
		bytes_in, origin" "v_session ORDER BY session_row"
	table "name, first_ms, last_ms, sessions, life" "account ORDER BY id"
	table "account_id, what, name, days, first_day, last_day" "known ORDER BY 1, 2, 3"
	table "day, ip, name, count, first_ms, last_ms" "failed ORDER BY 1, 2, 3"
	table "key, state" "site ORDER BY key"
}
# afresh: an empty database.
afresh() {
	aa_dovecot_stop "$dir"
	rm -f "$dir"/db/audit.sqlite*
	aa_dovecot_again "$dir" || aa_die "Dovecot did not start again"
}
holds() { aa_holds "$dir" "SELECT $1"; }

# --- a day as it was lived ---
client anna-1 anna $home "UID FETCH 28:30 BODY.PEEK[]"
client anna-2 anna 2001:db8:1::5 "UID FETCH 30 BODY.PEEK[]"
client bob-1 bob 203.0.113.9
client bob-2 bob $abroad "UID FETCH 29:30 BODY.PEEK[]"
client master-1 "anna*admin" $home
pop3 bob "$aa_password" "RETR 1" "RETR 2"
pop3 bob wrong
pop3 nobody wrong
# Dovecot answers a wrong password late: this one comes in another second.
client carl-1 carl 203.0.113.10
ended() { holds "count(*) = 7 AND sum(open) = 0 FROM v_session"; }
check "seven sessions, told live" aa_within 20 ended
check "two logins that failed" aa_within 15 sh -c \
	'[ "$(grep -c "auth failed, 1 attempts" "$1")" = 2 ]' sh "$log"

# --- what the record has, a witness finds ---
# What is as fresh as that is not looked at yet.
sleep 3
check "a witness finds all of them on record" run 0 --witness "$log"
check "… every login" [ "$(column logins) $(column recorded) $(column missing)" = "7 7 0" ]
check "… and changes nothing" holds "count(*) = 0 FROM v_session WHERE origin <> 'live'"
grep 'Log.*session=<carl-1>' "$log" | sed 's/carl-1/unseen/' >"$dir/unseen"
check "a login that nobody announced is missed" run 68 --witness "$log" "$dir/unseen"
check "… and counted" [ "$(column missing)" = 1 ]
check "… and said" says "Logins the record does not have.*: 1\\."
check "to import what is on record changes nothing" run 0 "$log"
check "… all was there" holds "count(*) = 7 AND max(origin) = 'live' FROM v_session"
check "… but for the failures, which no policy told" aa_within 10 holds \
	"sum(count) = 2 AND count(*) = 2 FROM v_failed_login"

# --- the log alone ---
sessions "first_ms / 1000" >"$dir/live"
cp "$log" "$dir/day.log"
python3 "$AA_TOP/tests/integration/old_logs.py" "$dir/day.log" "$dir/old" 14
# Clients, masters and ports stand in no log; times are those of its seconds.
same() {
	sessions "first_ms / 1000" >"$dir/logged"
	python3 - "$dir/live" "$dir/logged" <<-END
	import sys
	def rows(path):
	    return [line.rstrip("\\n").split("|") for line in open(path)]
	live, logged = (rows(path) for path in sys.argv[1:])
	ok = len(live) == len(logged)
	for one, other in zip(live, logged):
	    for of in (one, other):
	        of[1] = "" if of[0] == of[1] or of is one else of[1]  # masters
	        if of[3] == "pop3":
	            of[9:11] = ["", ""]           # pop3_logout_format has no totals
	    if one[:-1] != other[:-1] or abs(int(one[-1]) - int(other[-1])) > 1:
	        print("#", one, other)
	        ok = False
	sys.exit(0 if ok else 1)
	END
}
for form in day.log old/syslog old/iso old/json old/export; do
	afresh
	check "$form into an empty database" run 0 "$dir/$form"
	check "… logins, ends, failures" [ "$(column logins) $(column ends) $(column failed) $(column missing) $(column unread)" = "7 7 2 0 0" ]
	check "… says what was told live" same
	check "… by its origin, and no client" holds "count(*) = 7 AND count(client) = 0
		AND min(origin) = 'log' AND max(origin) = 'log' FROM v_session"
	check "… how much, as the log counts" holds "sum(bodies) = 8 FROM v_session"
	check "… and which logins failed" aa_within 10 holds "group_concat(name || count, ' ') = 'bob1 nobody1'
		FROM (SELECT name, count FROM v_failed_login ORDER BY name)"
done
dump >"$dir/once"
check "the same once more" run 0 "$dir/day.log"
check "… is on record" [ "$(column recorded)" = 7 ]
dump >"$dir/twice"
check "… and changes nothing" cmp -s "$dir/once" "$dir/twice"
check "nor does the same through syslog" run 0 "$dir/old/syslog" "$dir/day.log"
dump >"$dir/twice"
check "… nothing at all" cmp -s "$dir/once" "$dir/twice"

# --- a session's end in the next file ---
afresh
grep -v 'Disconnected: Logged out' "$dir/day.log" >"$dir/begin.log"
check "a log that ends before the sessions" run 0 "$dir/begin.log"
check "… leaves their ends open" holds "count(*) = 7 AND min(end_reason) = 'lost'
	AND max(end_reason) = 'lost' AND count(*) = sum(end_ms = first_ms) FROM v_session"
check "… without a gap" holds "count(*) = 0 FROM v_gap WHERE cause = 'no-final-report'"
check "the whole log" run 0 "$dir/day.log"
check "… tells how they ended" same

# --- the first evening ---
afresh
check "two weeks, in whatever order" run 0 "$dir"/old/days/* "$dir/day.log"
check "… all of it" holds "count(*) = 14 * 3 + 7 FROM v_session"
check "… begin two weeks ago" holds "julianday('now') - julianday(min(first_at), 'utc')
	BETWEEN 13.5 AND 14.5 FROM v_session"
check "… no verdict, no incident, nobody told" holds "(SELECT count(*) FROM v_verdict) +
	(SELECT count(*) FROM v_incident) + (SELECT count(*) FROM v_notification) +
	(SELECT count(*) FROM v_block) = 0"
dump >"$dir/once"
check "the last week once more" run 0 "$dir/old/days/1" "$dir/old/days/2" "$dir/old/days/3.gz"
dump >"$dir/twice"
check "… changes nothing" cmp -s "$dir/once" "$dir/twice"
client evening anna $home "UID FETCH 1:3 BODY.PEEK[]"
client thief anna $abroad "UID FETCH 1:30 BODY.PEEK[]"
standing() { aa_within 15 holds "standing = '$2' FROM v_session WHERE session = '$1'"; }
check "at home he is at home" standing evening familiar
check "… and reads" grep -q '^total messages=3 ' "$dir/evening"
check "from abroad comes a stranger" standing thief unfamiliar
check "… who is stopped" aa_within 15 holds \
	"action = 'stop' AND enforced FROM v_session WHERE session = 'thief'"

"$dir/doveadm" -f tab audit backtest anna >"$dir/backtest" 2>&1 || :
check "the same is found by a backtest" sh -c \
	'grep -q "^stop.anna" "$1" || { sed "s/^/# /" "$1"; exit 1; }' sh "$dir/backtest"

# --- history that is told after the first login ---
afresh
client first anna $home
check "a first session" aa_within 15 holds "standing = 'learning' FROM v_session"
check "then the two weeks before it" run 0 "$dir"/old/days/*
client evening anna $home
client thief anna $abroad
check "at home he is at home" standing evening familiar
check "from abroad comes a stranger" standing thief unfamiliar

# --- a log without session ids: the process tells whose end it is ---
afresh
sed -E 's/, session=<[^>]*>//; s/(\)<[0-9]+>)<[^>]*>/\1/' "$dir/day.log" >"$dir/without"
check "there is none left" sh -c '! grep -q "anna-1" "$1"' sh "$dir/without"
check "a log without session ids" run 0 "$dir/without"
check "… has all ends" holds "count(*) = 7 AND sum(end_reason = 'lost') = 0 FROM v_session"
dump >"$dir/once"
check "… once more" run 0 "$dir/without"
dump >"$dir/twice"
check "… changes nothing" cmp -s "$dir/once" "$dir/twice"
# Two of one account, from one address, in one second.
for pid in 4711 4712; do
	echo "Nov 20 12:00:00 imap-login: Info: Login: user=<anna>, method=PLAIN, rip=$home, mpid=$pid"
done >"$dir/twins"
echo "Nov 20 12:00:00 imap(anna)<4711><>: Info: Disconnected: Logged out in=1 out=2" >>"$dir/twins"
check "two in one second are two" run 0 --year "$(($(date +%Y) - 1))" "$dir/twins"
check "… of which one ended" holds "sum(end_reason = 'logout') = 1 AND count(*) = 2 FROM v_session
	WHERE session IS NULL AND bytes_in IN (0, 1) AND first_at LIKE '%-11-20 12:00:00'"
client live-1 anna $home
lived() { holds "count(*) = 1 AND sum(open) = 0 FROM v_session WHERE session = 'live-1'"; }
check "a session that was told live" aa_within 15 lived
sleep 3
grep 'live-1' "$log" | sed -E 's/, session=<[^>]*>//; s/<live-1>//' >"$dir/without"
check "… is known without its id" run 0 "$dir/without"
check "… by time and address" holds "count(*) = 10 FROM v_session"

# --- years, where none is written ---
year=$(($(date +%Y) - 1))
zoe() { echo "$1 imap-login: Info: Login: user=<zoe>, method=PLAIN, rip=$home, session=<$2>"; }
{ zoe "Dec 30 12:00:00" z1; zoe "Jan  2 12:00:00" z2; } >"$dir/turn"
touch -d "$year-01-03" "$dir/turn"
cell() { awk -F'\t' -v row="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	NR == row + 1 { print $at[name] }' "$dir/import.out"; }
check "a log over the turn of the year" run 0 --witness "$dir/turn"
check "… as old as the file is" [ "$(cell 1 first) $(cell 1 last)" = \
	"$((year - 1))-12-30 12:00:00 $year-01-02 12:00:00" ]
check "… or as is said" run 0 --witness --year 2010 "$dir/turn"
check "… of its first line" [ "$(cell 1 first) $(cell 1 last)" = \
	"2010-12-30 12:00:00 2011-01-02 12:00:00" ]
check "… in local time, or not" sh -c '[ "$(TZ=UTC date -d "$1" +%s)" = \
	"$("$2" -f json audit import --witness --utc --year 2010 "$3" |
		sed "s/.*\"first_ms\":\([0-9]*\)000,.*/\1/")" ]' sh "2010-12-30 12:00:00 UTC" \
	"$dir/doveadm" "$dir/turn"

# --- what goes wrong ---
printf '%s\n' "27.11.2026 10:00:00 imap-login: Info: Login: user=<a$(printf '\033')[31m>, rip=192.0.2.1" \
	>"$dir/odd"
check "a log that is not understood" run 65 "$dir/odd"
check "… is shown, harmless" says 'line 1 is not understood: .*x1b\[31m'
check "no log at all" run 65 "$dir/passwd" "$dir/nowhere"
check "… is said of each" says "nowhere: open() failed"
printf '\3757zXZ\0' >"$dir/old.xz"
if [ "$version" = 2.4 ]; then
	check "what cannot be unpacked" run 65 "$dir/old.xz"
	check "… is said, with the way" says "xzcat .*old.xz | doveadm audit import -"
fi
check "from standard input" sh -c '"$1" -f tab audit import - <"$2" >"$3"' sh "$dir/doveadm" \
	"$dir/day.log" "$dir/import.out"
check "… the same" [ "$(column logins)" = 7 ]
check "--format, --prefix, --year are looked at" eval 'run 64 --format xml "$log" &&
	run 64 --prefix "%s(%u" "$log" && run 64 --year 26 "$log" && run 64'
aa_dovecot_stop "$dir"
check "while the service is down" run 69 "$log"
check "… a witness needs none" run 0 --witness "$dir/turn"
aa_dovecot_again "$dir" || not_ok "Dovecot starts again"
check "nothing else is in the log" log_is_clean "initialization failed"
exit $aa_failed
