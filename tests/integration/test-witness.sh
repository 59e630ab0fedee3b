#!/usr/bin/env bash
# test-witness.sh VERSION: no gap passes silently. The service is killed while mail is
# read, the disk is full, nobody runs for a week, mail processes have no plugin: the
# reports name each of them, and say so long as nothing is missing that it is whole.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
policy_port=$(aa_free_port)
# The example, with a key and a place of this test's own.
policy() {
	sed -e 's/CHANGE-ME-0123456789/test-policy-key-0001/' \
		-e "s/4001/$policy_port/" -e "s|/run/dovecot/|$AA_BUILD/run/witness-$version/base/|" \
		"$AA_TOP/examples/dovecot-$version-policy.conf"
}
aa_test_dovecot witness anna ben carl dora <<END
auth_failure_delay = 0
mail_max_userip_connections = 50
$(policy)
END
cp "$dir/extra.conf" "$dir/extra.with"
for account in anna ben carl dora; do
	aa_mails "$dir" $account INBOX 20
done

# read_all SESSION ACCOUNT
read_all() {
	imapload --session-id "$1" --rip 192.0.2.9 127.0.0.1 "$aa_imap_port" "$2" \
		"$aa_password" "SELECT INBOX" "UID FETCH 1:* BODY.PEEK[]" \
		>"$dir/$1" 2>&1 || :
}
pop3() {
	imapload --pop3 --session-id "$1" --rip 192.0.2.9 127.0.0.1 "$aa_pop3_port" \
		"$2" "$aa_password" "RETR 1" >"$dir/$1" 2>&1 || :
}
# record PYTHON VERB…: what the report says of itself, as "items" and "verdict"
record() {
	local expression=$1
	shift
	"$dir/doveadm" -f json audit "$@" >"$dir/answer" 2>"$dir/answer.err" || :
	python3 - "$dir/answer" "$expression" <<-'END'
	import json, sys
	rows = json.load(open(sys.argv[1], encoding="utf-8"))
	items = [(row.get("record") or row.get("what"),
	          row.get("record_note") or row.get("note") or row.get("text") or "")
	         for row in rows]
	items = [item for item in items if item[0] in
	         ("gap", "open", "removed", "witness", "complete", "incomplete")]
	word = [item[0] for item in items]
	gaps = " | ".join(note for name, note in items if name == "gap")
	verdict, note = items[-1] if items else ("", "")
	if not eval(sys.argv[2]):
	    print("#", items)
	    sys.exit(1)
	END
}
within_record() {
	aa_within "$1" record "${@:2}" >"$dir/last-look" || { tail -1 "$dir/last-look"; return 1; }
}
status_of() { "$dir/doveadm" -f tab audit status 2>/dev/null | grep "^$1"; }
running() { [ -n "$(service_pid)" ]; }

aa_test_start

# --- all is well ---

read_all well anna
pop3 well-pop3 anna
check "whole: nothing is missing" within_record 10 'word == ["complete"]' scope anna
check "whole: an idle service is one that records" sleep 4
check "… and a report says so" record 'verdict == "complete"' sessions anna
check "whole: auth and mail processes agree" grep -q "all of 2 logins" <(status_of witness_logins)

# --- killed while mail is read ---

imapload --session-id killed --rip 192.0.2.9 --rate 5 --each 20 127.0.0.1 \
	"$aa_imap_port" ben "$aa_password" "SELECT INBOX" "UID FETCH %d (UID BODY.PEEK[])" \
	>"$dir/killed" 2>&1 &
reader=$!
sleep 2
kill -KILL "$(service_pid)"
wait $reader || :
aa_within 10 running || :
check "killed: the record is exact" exact killed "$dir/killed"
check "killed: scope names it" within_record 10 \
	'"service-down" in gaps and verdict == "incomplete"' scope ben
check "killed: so do reads, sessions, account, why" eval '
	record "\"service-down\" in gaps" reads ben &&
	record "\"service-down\" in gaps" sessions ben &&
	record "\"service-down\" in gaps" account ben &&
	record "\"service-down\" in gaps" why killed'

# --- stopped while somebody logs in ---

pid=$(service_pid)
kill -STOP "$pid"
for i in 1 2 3; do read_all "stopped-$i" carl; done
kill -CONT "$pid"
# What waits for longer than this when the service ends would be a gap.
sleep 6
check "stopped: the service lives" [ "$(service_pid)" = "$pid" ]

# --- the disk is full ---

aa_dovecot_stop "$dir"
mkdir "$dir/saved"
cp -a "$dir/db/." "$dir/saved"
mount -t tmpfs -o size=4m tmpfs "$dir/db"
trap 'aa_dovecot_stop "$dir"; umount "$dir/db"' EXIT
chown --reference="$dir/saved" "$dir/db"
chmod 750 "$dir/db"
cp -a "$dir/saved/." "$dir/db"
aa_dovecot_again "$dir"
read_all roomy carl
check "disk full: before, all is recorded" exact roomy "$dir/roomy"
dd if=/dev/zero of="$dir/db/fill" bs=4096 2>/dev/null || :
read_all full carl
sleep 3
check "disk full: a report says that it does not know the end" record \
	'verdict == "incomplete" and "nothing is recorded after" in note' reads carl
rm "$dir/db/fill"
check "disk full: then it is recorded after all" exact full "$dir/full"
check "disk full: and nothing is missing of that session" \
	within_record 10 'verdict == "complete"' scope full
aa_dovecot_stop "$dir"
rm -r "$dir/saved"
mkdir "$dir/saved"
cp -a "$dir/db/." "$dir/saved"
umount "$dir/db"
trap 'aa_dovecot_stop "$dir"' EXIT
cp -a "$dir/saved/." "$dir/db"

# --- the mode is off ---

{ cat "$dir/extra.with"; echo "access_audit_mode = off"; } >"$dir/extra.conf"
aa_dovecot_again "$dir"
read_all off carl
check "off: mail is read" grep -q "^total messages=20 " "$dir/off"
check "off: that nothing is recorded is a gap, for all" record \
	'"access_audit_mode was off" in gaps and verdict == "incomplete"' scope ben
still_off_ms=$(date +%s%3N)
aa_dovecot_stop "$dir"
check "off: up to the end" aa_holds "$dir" "SELECT until_ms >= $still_off_ms
	FROM v_gap WHERE detail LIKE '%mode was off%'"
cp "$dir/extra.with" "$dir/extra.conf"

# --- a week without the service ---

sqlite3 "$dir/db/audit.sqlite" "UPDATE alive SET at_ms = at_ms - 7 * 86400000"
aa_dovecot_again "$dir"
read_all after-week carl
check "a week without the service: named, from when to when" within_record 10 \
	'"service-stopped" in gaps or "service-down" in gaps' scope carl --since 5d
check "… in the table, too" eval \
	'"$dir/doveadm" audit sessions --since 5d carl | grep -q "^recording: gap, .*did not run"'

check "who came while the service hung is none that nobody announced" aa_holds "$dir" \
	"SELECT count(*) = 0 FROM v_gap WHERE cause = 'plugin-missing'"

# --- without the plugin, and with what is like it ---

# Somebody with the key lets 3000 sessions in that nobody will announce.
flood() {
	python3 - "$version" "$policy_port" "$dir/base/access-audit-policy" <<-'END'
	import http.client, json, socket, sys
	version, port, path = sys.argv[1:]
	connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
	if version == "2.4":
	    connection.sock = socket.socket(socket.AF_UNIX)
	    connection.sock.connect(path)
	for i in range(3000):
	    connection.request("POST", "/?command=report", json.dumps({
	        "login": f"flood-{i}", "remote": "203.0.113.5", "pwhash": "00",
	        "protocol": "imap", "session_id": f"flood/{i}", "success": True,
	        "policy_reject": False, "tls": False}), {
	        "X-API-Key": "test-policy-key-0001", "Content-Type": "application/json"})
	    answer = connection.getresponse()
	    answer.read()
	    assert answer.status == 200, answer.status
	END
}

aa_dovecot_stop "$dir"
{
	cat "$dir/extra.with"
	if [ "$version" = 2.3 ]; then
		printf 'protocol imap {\n  mail_plugins =\n}\nprotocol pop3 {\n  mail_plugins =\n}\n'
	else
		printf 'mail_plugins {\n  access_audit = no\n}\nprotocol imap {\n  mail_plugins {\n    imap_access_audit = no\n  }\n}\nprotocol pop3 {\n  mail_plugins {\n    pop3_access_audit = no\n  }\n}\n'
	fi
} >"$dir/extra.conf"
aa_dovecot_again "$dir"
read_all bare anna
pop3 bare-pop3 dora
read_all bare-dora dora
check "a flood of logins is taken" flood
check "without the plugin: mail is read all the same" \
	grep -q "^total messages=20 " "$dir/bare"
# The witness waits a minute for the mail process.
check "without the plugin: scope of the account names the session's gap" \
	within_record 100 '"plugin-missing of anna" in gaps and "192.0.2.9" in gaps' scope anna
check "… each session is a gap of its own" aa_within 30 aa_holds "$dir" "SELECT
	group_concat(session) = 'bare,bare-pop3,bare-dora'
	FROM v_gap WHERE cause = 'plugin-missing' AND account IN ('anna', 'dora')"
check "… a flood is a hundred, and one that grows" aa_within 30 aa_holds "$dir" "SELECT
	count(*) = 101 AND sum(sessions) = 3003 AND sum(account IS NULL) = 1
	FROM v_gap WHERE cause = 'plugin-missing'"
check "… and its account's alone" record '"plugin-missing of" not in gaps' scope ben
check "… though who asks for all sees all" record \
	'gaps.count("plugin-missing of") == 100' sessions
check "… a line in the log says it" grep -q \
	"access-audit: gap cause=plugin-missing .*user=anna session=bare " "$dir/log/dovecot.log"
check "… and status" grep -q "3003 of 3003 logins were not announced" <(status_of witness_logins)
check "… it may read on: later hours are not whole" record \
	'"plugin-missing of anna" in gaps' reads anna --since 5s

# --- nobody tells of logins ---

aa_dovecot_stop "$dir"
grep -v -E '^ *(auth_policy_server_url|server_url) ' "$dir/extra.with" >"$dir/extra.conf"
aa_dovecot_again "$dir"
for i in 1 2 3 4; do read_all "untold-$i" ben; done
check "auth tells nothing: the log says so" aa_within 100 grep -q \
	"auth tells of no logins: " "$dir/log/dovecot.log"
check "… and the status" grep -q "auth tells of no logins" <(status_of witness_logins)
check "the log is clean but for what was done here" log_is_clean \
	"access-audit|killed with signal 9|Policy server HTTP error: .* timeout"
exit "$aa_failed"
