#!/usr/bin/env bash
# test-verify.sh VERSION: a record that nobody bends. What the service writes while
# mail flows is whole at every moment; what somebody else writes is named, with its
# place; and who makes the whole chain anew is told by an anchor.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
http_port=$(aa_free_port)
anchors=$AA_BUILD/run/verify-$version/db/anchors
aa_test_dovecot verify anna bob <<END
doveadm_password = secret
service doveadm {
  inet_listener http {
    port = $http_port
  }
}
access_audit_anchor_file = $anchors
END
aa_mails "$dir" anna INBOX 40
aa_mails "$dir" bob INBOX 40
aa_test_start

# verify STATUS ARGUMENT…: its rows in $dir/verify.
verify() {
	local wanted=$1 status=0
	shift
	"$dir/doveadm" -f tab audit verify "$@" >"$dir/verify" 2>"$dir/verify.err" || status=$?
	[ "$status" -eq "$wanted" ] ||
		{ echo "# status $status"; sed 's/^/# /' "$dir/verify" "$dir/verify.err"; return 1; }
}
# says RESULT [TEXT]: a row with that result, in which TEXT stands.
says() { awk -F'\t' -v r="$1" -v t="${2:-}" '$1 == r && index($0, t) { f = 1 } END { exit !f }' "$dir/verify"; }
sealed() { aa_within 10 aa_holds "$dir" "SELECT count(*) >= $1 FROM read WHERE sealed > 0"; }
write() { sqlite3 -cmd '.timeout 5000' "$dir/db/audit.sqlite" "$1"; }
stop() { aa_dovecot_stop "$dir"; }

# --- while mail flows ---
commands=("SELECT INBOX")
for _ in {1..60}; do
	commands+=("UID FETCH 1:* BODY.PEEK[]" "UID FETCH 1:* (ENVELOPE)")
done
clients busy 4 anna 127.0.0.1 "$aa_imap_port" anna "$aa_password" "${commands[@]}"
bad=0 looks=0
while [ -n "$(jobs -rp)" ] || [ "$looks" -lt 10 ]; do
	verify 0 && says whole || bad=$((bad + 1))
	looks=$((looks + 1))
	[ "$looks" -lt 40 ] || break
done
wait "${client_pids[@]}" || :
check "verify finds nothing wrong while mail flows ($looks looks)" [ "$bad" = 0 ]
imapload --session-id of-bob 127.0.0.1 "$aa_imap_port" bob "$aa_password" "SELECT INBOX" \
	"UID FETCH 1:5 BODY.PEEK[]" >/dev/null
check "what was read is in the chain" sealed 3
check "a line of the log is an anchor" aa_within 10 grep -q \
	'access-audit: audit anchor: n=[0-9]* hash=[0-9a-f]\{64\} rows=' "$dir/log/dovecot.log"
check "so is one of the file" aa_within 10 grep -q '^audit anchor: n=' "$anchors"
check "… of mode 0640" [ "$(stat -c %a "$anchors")" = 640 ]
check "the chain agrees with the log" verify 0 --against "$dir/log/dovecot.log"
check "… and says how far" says note "the latest anchor that agrees is of link"
check "the file is taken if none is named" verify 0
check "… and it agrees" says note "the latest anchor that agrees is of link"
anchor=$("$dir/doveadm" -f tab audit anchor | awk -F'\t' 'NR == 2 { print $2 ":" $3 }')
check "anchor prints one" [ -n "$anchor" ]
check "… that verify takes, with others" verify 0 --against "$anchor" --against "$anchors"
check "an anchor that is wrong is told" verify 1 --against "${anchor%:*}:$(printf '%064d' 0)"
check "… as what it is" says anchor "n=${anchor%:*}"
check "a file without one is no answer" verify 75 --against /etc/passwd
check "a file that is not there neither" verify 75 --against "$dir/none"
check "indexes are held against their tables if asked" verify 0 --indexes
check "… and else it is said that they were not" sh -c '! grep -q -e --indexes "$1"' sh "$dir/verify"
"$dir/doveadm" -f json audit verify >"$dir/json"
check "JSON has the same rows" python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
sys.exit(0 if rows[-1]["result"] == "whole" else 1)' "$dir/json"
http() { # STATUS VALUE: --against over HTTP
	curl -s -m 30 -u doveadm:secret -H 'Content-Type: application/json' \
		-d "[[\"auditVerify\",{\"against\":[\"$2\"]},\"tag\"]]" \
		"http://127.0.0.1:$http_port/doveadm/v1" >"$dir/http"
	case $1 in
	0) grep -q '"whole"' "$dir/http" ;;
	*) grep -q "\"exitCode\":$1" "$dir/http" ;;
	esac || { sed 's/^/# /' "$dir/http"; return 1; }
}
check "over HTTP no file is read" http 64 /etc/passwd
check "… but an anchor is compared" http 0 "$anchor"

# --- somebody else writes ---
write "UPDATE read SET uids = '1' WHERE session_id = (SELECT session_row FROM v_session
	WHERE session = 'of-bob')"
check "a changed row is found" verify 1
check "… with its place" says changed "session_id="
check "… and whom it concerns" sh -c 'grep "^changed" "$1" | grep "bob" | grep -q of-bob' \
	sh "$dir/verify"
write "UPDATE read SET uids = '1:5' WHERE session_id = (SELECT session_row FROM v_session
	WHERE session = 'of-bob')"
check "… and right again once it is put right" verify 0
write "DELETE FROM read WHERE session_id = (SELECT session_row FROM v_session
	WHERE session = 'of-bob')"
check "a removed row is found" verify 1
check "… with its place" says removed "session_id="
write "DROP VIEW v_gap; CREATE VIEW v_gap AS SELECT 1 AS gap_row WHERE 0"
check "so is a view that shows something else" verify 1
check "… by its name" says schema v_gap

# --- the chain made anew, with the service's own help ---
stop
check "the service leaves an anchor at its end" sh -c 'tail -n 1 "$1" | grep -q \
	"^audit anchor: n=$(sqlite3 -readonly "$2" "SELECT max(n) FROM chain") "' \
	sh "$anchors" "$dir/db/audit.sqlite"
tables=$(sqlite3 "$dir/db/audit.sqlite" "SELECT t.name FROM sqlite_schema AS t,
	pragma_table_info(t.name) AS c WHERE t.type = 'table' AND c.name = 'sealed'")
write "DELETE FROM chain; DELETE FROM gone; $(for table in $tables; do
	echo "UPDATE $table SET sealed = 0;"; done)"
cp "$anchors" "$dir/anchors"
aa_dovecot_again "$dir"
check "the service says that this is not what it left" aa_within 10 grep -q \
	"does not go on from link [0-9]*, the last anchor in $anchors" "$dir/log/dovecot.log"
check "rows without a chain are sealed as they are" aa_within 30 aa_holds "$dir" \
	"SELECT count(*) = 1 FROM v_chain WHERE note = 'migrated'"
check "an anchor of before tells it" verify 1 --against "$dir/anchors"
check "… as made anew or cut" sh -c 'grep -qE "^(anchor|cut)	" "$1"' sh "$dir/verify"
check "without one it only says since when" verify 1 --against "$("$dir/doveadm" -f tab audit anchor |
	awk -F'\t' 'NR == 2 { print $2 ":" $3 }')"
check "…" says note "were sealed as they were found"
