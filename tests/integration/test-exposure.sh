#!/usr/bin/env bash
# test-exposure.sh VERSION: what has to be changed after a theft. Secrets are found in
# each way that mail encodes them, in the messages that were read and in no other, and
# are never printed.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
http_port=$(aa_free_port)
aa_test_dovecot exposure anna bob <<END
access_audit_login_wait = 5s
doveadm_password = secret
service doveadm {
  inet_listener http {
    port = $http_port
  }
}
END
aa_mails "$dir" anna INBOX 10 5 48
aa_test_start
python3 "$AA_TOP/tests/integration/exposure.py" "$dir/mails"
for ((uid = 11; uid <= 22; uid++)); do
	"$dir/doveadm" save -u anna -m INBOX <"$dir/mails/$uid.eml"
done
imapload --timeout 60 --session-id thief --rip 198.51.100.7 --client Harvester/1 \
	127.0.0.1 "$aa_imap_port" anna "$aa_password" "SELECT INBOX" \
	"UID FETCH 1:20,22 BODY.PEEK[]" "UID FETCH 21 BODY.PEEK[HEADER]" >"$dir/thief"
imapload --timeout 60 --session-id empty --rip 192.0.2.9 --client Mail/1 \
	127.0.0.1 "$aa_imap_port" bob "$aa_password" "SELECT INBOX" >"$dir/empty"
check "the thief has got 21 messages" grep -q '^total messages=21 ' "$dir/thief"
check "… which are recorded" aa_within 10 aa_holds "$dir" "SELECT sum(messages) = 21
	AND count(end_ms) = 1 FROM v_read JOIN v_session USING (session_row)
	WHERE v_read.session = 'thief' AND kind = 'body'"
"$dir/doveadm" expunge -u anna mailbox INBOX uid 22
reads() { aa_sql "$dir" "SELECT count(*), total(messages) FROM v_read"; }
flags() { "$dir/doveadm" -f tab fetch -u anna "uid flags" mailbox INBOX; }
before=$(reads) flags_before=$(flags)

exposure() { "$dir/doveadm" -f tab audit exposure "$@"; }
exposure thief >"$dir/out" 2>"$dir/err"
# COLUMNS of the rows of that kind: cells WHAT COLUMN…
cells() {
	local what=$1
	shift
	awk -F'\t' -v what="$what" -v wanted="$*" '
		NR == 1 { for (i = 1; i <= NF; i++) place[$i] = i; n = split(wanted, w, " "); next }
		$1 == what { for (i = 1; i <= n; i++) printf "%s%s", $place[w[i]], i < n ? "|" : "\n" }
	' "$dir/out"
}
same() { # WANTED GOT
	[ "$1" = "$2" ] || { diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") | sed 's/^/# /'; return 1; }
}
check "five of them give something away, and where" same "11|password|part 1 line 2
12|password|part 1 line 3
13|code|subject
14|vpn|part 2 line 1
15|token|part 2.1 line 1" "$(cells found uid kind where | sort -n)"
check "… with the mask of it" same "11|Wr… (14)
12|Ét… (9)
13|48… (6)" "$(cells found uid secret | sort -n | head -3)"
check "… counted by kind first" same "vpn|1
token|1
code|1
password|2" "$(cells count kind messages)"
check "… before all else" same count "$(awk -F'\t' 'NR == 2 { print $1 }' "$dir/out")"
check "… with what is to be done" same 4 "$(cells count note | grep -c .)"
check "what was not looked into is told" same \
	"20|1 encrypted, 1 attachments not looked into" "$(cells looked messages note)"
check "a message that is gone is named" same "22|INBOX|<m22@example.net>|2025-03-03 10:00:00" \
	"$(cells gone uid mailbox message_id date)"
check "whether all was recorded is told, too" grep -q '^complete' "$dir/out"
check "who asked is recorded" aa_holds "$dir" "SELECT count(*) = 1 FROM v_inquiry
	WHERE verb = 'exposure' AND about = 'thief' AND rows = 20"

# --- no secret, no trace ---
for format in flow table json pager; do
	"$dir/doveadm" -f $format audit exposure --with-headers thief
done >"$dir/all" 2>&1
cat "$dir/out" "$dir/err" >>"$dir/all"
check "no secret is printed in any format" sh -c '! grep -F -f "$1/mails/secrets" "$1/all"' \
	sh "$dir"
check "… nor logged" sh -c '! grep -F -f "$1/mails/secrets" "$1/log/dovecot.log"' sh "$dir"
check "nothing steers the terminal" sh -c '! LC_ALL=C grep -l "[[:cntrl:]]\]0;" "$1"' sh "$dir/all"
check "… with the sender if asked for" grep -q 'Mallory .*owned' "$dir/all"
check "… and else not" sh -c '! grep -q Mallory "$1/out"' sh "$dir"
check "to look is no read" same "$before" "$(reads)"
check "… and leaves no flag" same "$flags_before" "$(flags)"

# --- other ways to ask ---
exposure --language fr anna >"$dir/out"
check "the account is asked about as the session is" same 5 "$(cells found uid | grep -c .)"
check "… in French" grep -q 'Changer ce mot de passe' "$dir/out"
exposure --until 2020-01-01 anna >"$dir/out" 2>&1 || :
check "a period without reads has nothing in it" same "" "$(cells found uid)"
exposure bob >"$dir/out"
check "an account that read nothing" same "0|" "$(cells looked messages note)"
check "… is no error and says so" grep -q '^complete' "$dir/out"
cat >"$dir/own" <<END
[badge]
change.en = Ask the porter.
find.order = Order\\hnumber:\\h(?<secret>\\d+)
END
exposure --patterns "$dir/own" thief >"$dir/out"
check "an admin's own patterns" same "20|badge|30… (6)" "$(cells found uid kind secret)"
fails_with() { # STATUS COMMAND…
	local wanted=$1 status=0
	shift
	"$@" >"$dir/fails" 2>&1 || status=$?
	[ $status -eq "$wanted" ] || { sed 's/^/# /' "$dir/fails"; return 1; }
}
echo 'find.x = (' >>"$dir/own"
check "a wrong pattern is refused" fails_with 78 exposure --patterns "$dir/own" thief
check "… with its line" grep -q 'own, line 4: x: at character' "$dir/fails"
check "a file that is not there" fails_with 78 exposure --patterns "$dir/nowhere" thief
check "nobody of that name" fails_with 68 exposure nobody
# One that never ends is told of; what the others find is there.
cat >"$dir/own" <<END
[badge]
find.slow = ^(\\S+\\s?)+\\d{99}$
find.order = Order\\hnumber:\\h(?<secret>\\d+)
END
exposure --patterns "$dir/own" thief >"$dir/out"
check "a pattern that never ends is given up" grep -q 'pattern slow took too many steps' "$dir/out"
check "… and the others go on" same "20|badge" "$(cells found uid kind)"

# --- over HTTP, as root ---
http() {
	curl -s -m 60 -u doveadm:secret -H 'Content-Type: application/json' \
		-d "[[\"auditExposure\",$1,\"tag\"]]" \
		"http://127.0.0.1:$http_port/doveadm/v1" >"$dir/http"
}
answer() {
	python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))[0][1]
sys.exit(0 if eval(sys.argv[2]) else 1)' "$dir/http" "$1" || { sed 's/^/# /' "$dir/http"; return 1; }
}
http '{"target":"thief"}'
check "over HTTP" answer '[r["uid"] for r in rows if r["what"] == "found"].count(13) == 1'
http '{"target":"thief","patterns":"/etc/shadow"}'
check "… no file is read" answer 'rows["exitCode"] == 64'
rm -rf "$dir/mail/anna/Maildir"
exposure thief >"$dir/out"
check "a mailbox that is gone is told of" same "INBOX|21" "$(cells unknown mailbox messages)"
check "no panic in the log" log_is_clean \
	'--patterns: only for|Patterns .*own, line|Patterns .*nowhere|nobody: no account'
exit "$aa_failed"
