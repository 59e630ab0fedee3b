#!/usr/bin/env bash
# test-keep.sh VERSION: what is old goes, an account is forgotten, the database is
# copied while mail flows and put back.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
aa_test_dovecot keep anna bob carl dora <<END
access_audit_mode = enforce
access_audit_login_wait = 5s
access_audit_search_terms = yes
access_audit_keep_reads = 30d
access_audit_keep_sessions = 60d
access_audit_place_days = 1
access_audit_policy_file = $AA_BUILD/run/keep-$version/policy
END
# The first session of dora is enough to know a stranger by.
cat >"$dir/policy" <<END
[group known]
accounts = dora
account_grace_days = 0
site_learn_days = 0
learn_days = 0
learn_sessions = 0
END
for account in anna bob carl; do
	aa_mails "$dir" "$account" INBOX 20
done
aa_mails "$dir" dora INBOX 60 5 48
aa_test_start

as_service() { "$AA_TOOLS/inside" "$version" run chown dovecot: "$@"; }
audit() { "$dir/doveadm" -f tab audit "$@"; }
read_all() { # NAME ACCOUNT: reads everything
	imapload --session-id "$1" --rip 192.0.2.9 --client "Mail/1" 127.0.0.1 "$aa_imap_port" \
		"$2" "$aa_password" "SELECT INBOX" "UID SEARCH TEXT password" \
		"UID FETCH 1:* BODY.PEEK[]" >"$dir/$1" 2>&1 || :
}
fails_with() { # STATUS COMMAND…
	local wanted=$1 status=0
	shift
	"$@" >"$dir/fails" 2>&1 </dev/null || status=$?
	[ $status -eq "$wanted" ] || { sed 's/^/# /' "$dir/fails"; return 1; }
}
log_says() { grep -q "$1" "$dir/log/dovecot.log"; }
holds() { aa_within 15 aa_holds "$dir" "$1"; }
status_says() { "$dir/doveadm" audit status | grep -qE -- "$1"; }

verified() { "$dir/doveadm" audit verify >"$dir/verify" 2>&1 || { sed 's/^/# /' "$dir/verify"; return 1; }; }

# --- an account is forgotten ---

read_all anna-1 anna
read_all bob-1 bob
check "forget: before, it is on the record" exact anna-1 "$dir/anna-1"
check "… and the other one" exact bob-1 "$dir/bob-1"
"$dir/doveadm" audit export account --by dpo anna >"$dir/access.json"
access() { # PYTHON: holds of the document
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
rows = lambda part: d[part]["rows"]
sys.exit(0 if eval("(" + sys.argv[2] + ")") else 1)' "$dir/access.json" "$1" || { sed 's/^/# /' "$dir/access.json"; return 1; }
}
check "export account: its session" access '[r["session"] for r in rows("sessions")] == ["anna-1"]
	and rows("sessions")[0]["bodies"] == 20 and rows("sessions")[0]["ip"] == "192.0.2.9"'
check "… what it read" access '[r["uids"] for r in rows("reads") if r["kind"] == "body"] == ["1:20"]'
check "… its search" access 'any("password" in r.get("terms", "") for r in rows("searches"))'
check "… all parts, and nothing of another account" access 'len(d) == 21 and "bob" not in json.dumps(d)'
check "… and the look is on the record" holds "SELECT count(*) = 1 FROM v_inquiry
	WHERE verb = 'export account' AND about = 'anna' AND rows > 3"
check "… of an account that is not there" fails_with 67 "$dir/doveadm" audit export account nobody
"$dir/doveadm" audit lock --note "anna left" anna >/dev/null
"$dir/doveadm" audit unlock anna >/dev/null
check "forget: not without a word, where nobody can be asked" \
	fails_with 64 "$dir/doveadm" audit forget anna
exec 7<>"/dev/tcp/127.0.0.1/$aa_imap_port"
printf 'a LOGIN anna %s\r\nb SELECT INBOX\r\n' "$aa_password" >&7
anna_is_live() { holds "SELECT count(*) = $1 FROM v_session WHERE account = 'anna' AND open"; }
check "forget: a session is live" anna_is_live 1
check "… so it is refused" fails_with 75 "$dir/doveadm" audit forget --yes anna
check "… with what to do" grep -q 'live sessions.*lock' "$dir/fails"
exec 7>&-
check "… until it is over" anna_is_live 0
check "forget" sh -c '"$@" >/dev/null' sh "$dir/doveadm" audit forget --yes --by dpo anna
check "forget: it has no session" aa_holds "$dir" \
	"SELECT count(*) = 0 FROM v_session WHERE account = 'anna'"
check "… no read, no mailbox" aa_holds "$dir" \
	"SELECT count(*) = 0 FROM v_read WHERE owner = 'anna'"
check "… its name is in no byte of the files" sh -c '! cat "$1"/audit.sqlite* | grep -qaF anna' \
	sh "$dir/db"
check "… that of the other one is" sh -c 'cat "$1"/audit.sqlite* | grep -qaF bob' sh "$dir/db"
check "… and his record" exact bob-1 "$dir/bob-1"
check "who asked for it is on the record" aa_holds "$dir" "SELECT count(*) = 1
	FROM v_inquiry WHERE verb = 'forget' AND made_by = 'dpo' AND rows > 0"
check "… and that something is missing" aa_holds "$dir" \
	"SELECT count(*) > 0 FROM v_tombstone WHERE why = 'forget' AND made_by = 'dpo'"
check "… and the record stands" verified
check "the account is unknown" fails_with 67 "$dir/doveadm" audit account anna
read_all anna-2 anna
check "who comes again is somebody new" exact anna-2 "$dir/anna-2"
check "… who has read nothing before" aa_holds "$dir" "SELECT first_time = messages
	FROM v_read WHERE session = 'anna-2' AND kind = 'body'"

# --- while an incident is open ---

imapload --session-id dora-home --rip 192.0.2.9 --client "Mail/1" 127.0.0.1 "$aa_imap_port" \
	dora "$aa_password" "SELECT INBOX" "UID FETCH 58:60 BODY.PEEK[]" >"$dir/dora-home" 2>&1 || :
imapload --session-id dora-thief --rip 198.51.100.7 --client "Harvester/1" 127.0.0.1 \
	"$aa_imap_port" dora "$aa_password" "SELECT INBOX" "UID FETCH 1:60 BODY.PEEK[]" \
	>"$dir/dora-thief" 2>&1 || :
check "incident: a thief is stopped" holds "SELECT count(*) = 1 FROM v_incident
	WHERE account = 'dora' AND state = 'open'"
check "… its session is over" holds "SELECT count(*) = 0 FROM v_session
	WHERE account = 'dora' AND open"
ref=$(aa_sql "$dir" "SELECT incident FROM v_incident WHERE account = 'dora'")
check "forget: not while the incident is open" fails_with 75 "$dir/doveadm" audit forget --yes dora
check "… which it names" grep -q "$ref is open" "$dir/fails"
check "… unless it must be" sh -c '"$@" >/dev/null' sh "$dir/doveadm" audit forget --yes \
	--even-so dora
check "… then the number of the incident remains" aa_holds "$dir" "SELECT count(*) = 1
	FROM v_incident WHERE incident = '$ref' AND state = 'closed' AND account IS NULL
	AND summary = 'forgotten' AND opened_ms > 0"
check "… and not its block" aa_holds "$dir" "SELECT count(*) = 0 FROM v_block WHERE account = 'dora'"
check "… its name is in no byte of the files" sh -c '! cat "$1"/audit.sqlite* | grep -qaF dora' \
	sh "$dir/db"
check "… and the record stands" verified

# --- a copy, and back ---

check "backup: a copy" sh -c '"$@" >/dev/null' sh "$dir/doveadm" audit backup "$dir/copy"
check "backup: for its owner alone" [ "$(stat -c %a "$dir/copy")" = 600 ]
check "… is one file" [ ! -e "$dir/copy-wal" ]
check "… and whole" [ "$(sqlite3 -readonly "$dir/copy" "PRAGMA integrity_check")" = ok ]
check "backup: nothing is written over" fails_with 65 "$dir/doveadm" audit backup "$dir/copy"
read_all bob-2 bob
check "restore: what came after the copy" exact bob-2 "$dir/bob-2"
# As doc/PRIVACY.md has it: beside, then over, in one step.
cp "$dir/copy" "$dir/db/audit.sqlite.new"
as_service "$dir/db/audit.sqlite.new"
chmod 640 "$dir/db/audit.sqlite.new"
mv "$dir/db/audit.sqlite.new" "$dir/db/audit.sqlite"
check "restore: the service notices" aa_within 15 log_says 'was replaced by an older one'
check "… and says what is missing" holds "SELECT count(*) = 1 FROM v_gap
	WHERE cause = 'restored' AND from_ms < until_ms"
check "… what was copied is there" exact anna-2 "$dir/anna-2"
read_all bob-3 bob
check "… and it goes on" exact bob-3 "$dir/bob-3"
check "… and the record stands" verified
# the log of the service has them
anchor=$(sed -n 's/.*anchor[: ].*n=\([0-9]*\) hash=\([0-9a-f]*\).*/\1:\2/p' "$dir/log/dovecot.log" |
	sort -t: -n | tail -1)
aa_dovecot_stop "$dir"
rm -f "$dir"/db/audit.sqlite*
cp "$dir/copy" "$dir/db/audit.sqlite"
as_service "$dir/db/audit.sqlite"
aa_test_start
check "restore, with Dovecot stopped: what was copied is there" exact anna-2 "$dir/anna-2"
check "… and what is missing" holds \
	"SELECT count(*) = 1 FROM v_gap WHERE cause = 'service-down'"
read_all bob-4 bob
check "… and it goes on" exact bob-4 "$dir/bob-4"
# --- what is old ---

for n in 1 2 3; do read_all "old-$n" carl; done
check "before: the record is exact" exact old-3 "$dir/old-3"
aa_dovecot_stop "$dir"
# Three sessions become 40, 70 and 0 days old; the service is down.
sqlite3 "$dir/db/audit.sqlite" "
	UPDATE session SET first_ms = first_ms - d.days * 86400000,
		last_ms = last_ms - d.days * 86400000, end_ms = end_ms - d.days * 86400000
	FROM (SELECT 'old-1' AS name, 40 AS days UNION SELECT 'old-2', 70) AS d
	WHERE session_id = d.name;" >/dev/null
as_service "$dir"/db/audit.sqlite*
aa_test_start
check "reads go after their time, the session stays" \
	holds "SELECT count(*) = 0 FROM v_read WHERE session = 'old-1'"
check "… searches, too" holds "SELECT count(*) = 0 FROM v_search WHERE session = 'old-1'"
check "… the session stays" aa_holds "$dir" \
	"SELECT count(*) = 1 FROM v_session WHERE session = 'old-1'"
check "sessions go after theirs" \
	holds "SELECT count(*) = 0 FROM v_session WHERE session = 'old-2'"
check "what is young stays" exact old-3 "$dir/old-3"
check "tombstones say so" holds "SELECT count(*) > 0 FROM v_tombstone WHERE why = 'age'"
check "status tells how long a step took" status_says 'dropped_by_age.*rows in .* steps'

check "no panic in the log" log_is_clean 'is open, and what is known|was moved, removed or replaced|Nothing was erased|exists already|live sessions|no login of this account'
exit "$aa_failed"
