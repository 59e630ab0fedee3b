#!/usr/bin/env bash
# test-doveadm-live.sh VERSION
#
# doveadm audit beside a running service: what a client was sent is what scope
# tells, with the Message-IDs of the mailbox; blocks are made and lifted, on the
# command line and over HTTP; a service that hangs or is gone is named.
# Wants what aa_build VERSION has built.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"

version=$1
dir=$AA_BUILD/test-live-$version
anna=anna@example.org ben=ben@example.org
failed=0

# check WHAT COMMAND…
check() {
	local what=$1
	shift
	if "$@"; then
		aa_say "ok - $what"
	else
		aa_say "not ok - $what"
		failed=1
	fi
}

# gives CODE ARGUMENT…: exit code of doveadm audit; leaves out and err in $dir.
gives() {
	local expected=$1 code=0
	shift
	timeout 60 "$dir/doveadm" audit "$@" >"$dir/out" 2>"$dir/err" \
		</dev/null || code=$?
	[ "$code" = "$expected" ] && return
	aa_say "# exit $code instead of $expected: $(head -c 300 "$dir/err")"
	return 1
}
# says CODE TEXT ARGUMENT…
says() {
	local expected=$1 text=$2
	shift 2
	gives "$expected" "$@" || return 1
	grep -qF -- "$text" "$dir/out" "$dir/err" && return
	aa_say "# $(head -c 500 "$dir/out" "$dir/err")"
	return 1
}
# json EXPRESSION ARGUMENT…: makes the Python expression about "rows" true; whether all
# is recorded stands in "record".
json() {
	local expression=$1
	shift
	timeout 60 "$dir/doveadm" -f json audit "$@" >"$dir/out" 2>"$dir/err" || :
	holds "$expression"
}
holds() {
	python3 - "$dir/out" "$1" <<'END'
import json, sys
rows = json.load(open(sys.argv[1], encoding="utf-8"))
record = [row for row in rows if isinstance(row, dict) and
          (row.get("record") or row.get("what")) in
          ("gap", "open", "removed", "witness", "complete", "incomplete")]
rows = [row for row in rows if row not in record]
what = lambda name: [row for row in rows if row["what"] == name]
if not eval("(" + sys.argv[2] + ")"):
    print("#", json.dumps(rows)[:2000])
    sys.exit(1)
END
}

# It is linked against the libraries of the Dovecot that it was built for.
client() {
	timeout 60 "$AA_TOOLS/inside" "$version" run \
		"$AA_BUILD/$version/tests/tools/imapload" --rip 203.0.113.40 \
		--client "Apple Mail/16" 127.0.0.1 "$aa_imap_port" "$@" \
		>"$dir/client" || :
}
# "UID MESSAGE-ID" of each mail, as the mailbox itself says.
message_ids() {
	"$dir/doveadm" -f tab fetch -u "$1" "uid hdr.message-id" mailbox "$2" |
		sed 1d
}
# The service's answer to an HTTP call of doveadm's API.
http() {
	curl -s -m 30 -u doveadm:secret -H 'Content-Type: application/json' \
		-d "[[\"$1\",$2,\"tag\"]]" \
		"http://127.0.0.1:$http_port/doveadm/v1" >"$dir/out"
}
# Without pgrep, which a small Debian lacks.
service_pid() {
	grep -slE "^PPid:[[:space:]]+$(aa_dovecot_pid "$dir")\$" /proc/[0-9]*/status |
		xargs grep -slE '^Name:[[:space:]]+access-audit$' | cut -d/ -f3
}

http_port=$(aa_free_port)
aa_dovecot_new "$version" "$dir" "$anna" "$ben" <<-END
access_audit_mode = enforce
access_audit_login_wait = 5s
doveadm_password = secret
service doveadm {
  inet_listener http {
    port = $http_port
  }
}
END
aa_mails "$dir" "$anna" INBOX 12
aa_mails "$dir" "$anna" Archive/2025 5
trap 'aa_dovecot_stop "$dir"' EXIT
aa_dovecot_start "$dir" || aa_die "no Dovecot: $(cat "$dir/log/start")"

# --- status ---

check "status of a service that runs" says 0 up status
check "status in JSON" json '{row["name"]: row["value"] for row in rows}["mode"] == "enforce"' \
	status

# --- which messages ---

client "$anna" "$aa_password" "SELECT INBOX" "UID FETCH 3:5,9 BODY[]" \
	"UID FETCH 1:* (FLAGS ENVELOPE)" "SELECT Archive/2025" "UID FETCH 2 BODY[]"
check "the client was sent five messages" \
	grep -q '^total messages=5 ' "$dir/client"
check "sessions shows who came from where" json \
	'[(row["account"], row["ip"], row["client"]) for row in rows] ==
	[("'$anna'", "203.0.113.40", "Apple Mail/16")]' sessions
session=$(aa_sql "$dir" "SELECT session FROM v_session WHERE account = '$anna'")
check "reads shows what" json \
	'{(row["mailbox"], row["kind"], row["uids"]) for row in rows} ==
	{("INBOX", "body", "3:5,9"), ("INBOX", "fields", "1:12"), ("Archive/2025", "body", "2")}' \
	reads "$anna"
{
	message_ids "$anna" INBOX | awk -F'\t' '$1 ~ /^([345]|9)$/'
	message_ids "$anna" Archive/2025 | awk -F'\t' '$1 == 2'
} | sort >"$dir/expected"
timeout 60 "$dir/doveadm" -f json audit scope "$session" >"$dir/out"
python3 - "$dir/out" <<'END' | sort >"$dir/listed"
import json, sys
for row in json.load(open(sys.argv[1])):
    if row["what"] == "message" and row["date_ms"]:
        print(row["uids"], row["message_id"], sep="\t")
END
check "there are Message-IDs to compare" [ "$(wc -l <"$dir/expected")" = 5 ]
check "scope lists them with their Message-IDs" cmp "$dir/expected" "$dir/listed"
check "… and that nothing is missing" holds 'record[-1]["what"] == "complete"'
check "looking is not reading" json 'len(rows) == 3' reads
"$dir/doveadm" expunge -u "$anna" mailbox INBOX uid 4
check "an expunged message is told, with the name that it had" json \
	'[(row["uids"], row["message_id"]) for row in what("message") if row["note"]] ==
	[("4", "'"$(awk '$1 == 4 { print $2 }' "$dir/expected" | head -1)"'")]' scope "$session"
"$dir/doveadm" mailbox rename -u "$anna" Archive/2025 Elsewhere
check "a renamed mailbox is found" json 'what("unknown") == [] and
	[row["message_id"] for row in what("message")][-1] is not None' scope "$session"
"$dir/doveadm" mailbox delete -u "$anna" Elsewhere
check "a deleted mailbox is told, with the names that were in it" json 'what("unknown") == []
	and [(row["uids"], row["note"]) for row in what("message")
	if row["mailbox"] == "Archive/2025" and row["message_id"]] ==
	[("2", "the mailbox is gone")]' scope "$session"

# --- blocks ---

check "block" json 'rows[0]["block"] > 0' \
	block --for 1h --note "a note" --by tester "$ben" 203.0.113.0/24
block=$(sed 's/.*"block": *\([0-9]*\).*/\1/' "$dir/out")
check "the block is there" aa_within 10 json \
	'[(row["account"], row["network"], row["made_by"], row["note"]) for row in rows] ==
	[("'$ben'", "203.0.113.0/24", "tester", "a note")]' blocks
client "$ben" "$aa_password" "SELECT INBOX"
check "who is blocked is not let in" grep -qE '^bye .*AA-[0-9]+' "$dir/client"
incident=$(grep -oE 'AA-[0-9]+' "$dir/client" | head -1)
check "why: the client's reference leads to the block" json \
	'"doveadm audit unblock '"$block"'" in what("block")[0]["text"]' why "$incident"
check "unblock" says 0 "" unblock --by tester "$block"
check "the block is lifted" aa_within 10 json \
	'[(row["state"], row["lifted_by"]) for row in rows] == [("lifted", "tester")]' \
	blocks --all
client "$ben" "$aa_password" "SELECT INBOX"
check "and the account is let in again" grep -q '^answer.*OK' "$dir/client"
check "unblock of what is not there" gives 68 unblock 999
check "a block with a name that is too long" says 64 "longer than" \
	block "$(printf 'x%.0s' {1..300})" AS64500
check "block without --by" gives 0 block "$ben" AS64501
check "… by whoever calls" aa_within 10 json \
	'rows[0]["made_by"] == "'"$(logname 2>/dev/null || id -un)"'"' blocks

http auditBlock "{\"account\":\"$ben\",\"network\":\"AS64502\"}"
check "block over HTTP" grep -q doveadmResponse "$dir/out"
check "… by doveadm-http" aa_within 10 json \
	'rows[0]["made_by"] == "doveadm-http"' blocks
http auditScope "{\"target\":\"$session\",\"messages\":\"all\"}"
check "scope over HTTP" holds '[row["uids"] for row in rows[0][1]
	if row["what"] == "message" and row["message_id"]] == ["3", "4", "5", "9", "2"]'
http auditBacktest '{"sensitivity":"high"}'
check "backtest over HTTP" holds 'rows[0][0] == "doveadmResponse" and
	[row["rule"] for row in rows[0][1] if row["what"] == "policy"] == ["high"]'
# As root, and for whoever has the key: it must not tell what stands in a file.
http auditBacktest '{"policy":"/etc/shadow"}'
check "backtest takes no file over HTTP" holds 'rows[0][0] == "error" and
	rows[0][1]["exitCode"] == 64'
check "… and tells nothing of it" sh -c '! grep -q root "$1"' sh "$dir/out"
http auditWhy '{"target":"AA-99"}'
check "an error over HTTP" holds 'rows[0][0] == "error" and rows[0][1]["exitCode"] == 68'

# --- a service that hangs, and none ---

pid=$(service_pid)
kill -STOP "$pid"
check "a service that hangs is named" says 69 "does not answer" status
check "reports work all the same" json 'len(rows) > 0' reads
kill -CONT "$pid"
aa_dovecot_stop "$dir"
check "a service that is gone is named" says 69 "does not run" status
check "… with what the database tells" grep -qE '^stopped_cleanly +yes *$' "$dir/out"
check "no Dovecot: reports work all the same" json 'len(rows) == 3' reads "$anna"
check "scope says when recording ended" json \
	'record[-1]["what"] == "incomplete" and
	"nothing is recorded after" in record[-1]["note"]' \
	scope "$anna"
check "no panic in the log" [ "$(grep -cE 'Panic|Fatal' "$dir/log/dovecot.log")" = 0 ]

exit $failed
