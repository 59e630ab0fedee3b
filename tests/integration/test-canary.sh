#!/usr/bin/env bash
# test-canary.sh VERSION: decoys in real mailboxes. A thief who opens one is stopped
# with it, anybody else but an exempt session is shown; the owner's lists, the first
# sync of his phone, a backup and doveadm itself trip nothing.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7 backup=203.0.113.5
accounts="anna bob carl dora erin fred"
http_port=$(aa_free_port)
# shellcheck disable=SC2086
aa_test_dovecot canary $accounts <<END
doveadm_password = secret
service doveadm {
  inet_listener http {
    port = $http_port
  }
}
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_allow_networks = 203.0.113.0/24
access_audit_canary_templates = $AA_BUILD/run/canary-$version/canary
access_audit_policy_file = $AA_BUILD/run/canary-$version/policy
END
# The first session is enough to know a stranger by.
cat >"$dir/policy" <<END
account_grace_days = 0
site_learn_days = 0
learn_days = 0
learn_sessions = 0
END
cp -r "$AA_TOP/share/canary" "$dir/canary"
for account in $accounts; do
	aa_mails "$dir" "$account" INBOX 60 5 48
done
aa_test_start

# client NAME ACCOUNT ADDRESS CLIENT COMMAND…
client() {
	local name=$1 account=$2 ip=$3 id=$4
	shift 4
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client "$id" \
		127.0.0.1 "$aa_imap_port" "$account" "$aa_password" \
		"SELECT INBOX" "$@" >"$dir/$name" 2>&1 || :
}
got() { sed -n 's/^total messages=\([0-9]*\) .*/\1/p' "$dir/$1"; }
told() { # NAME ACTION: what the database says of the session
	aa_within 10 aa_holds "$dir" "SELECT action = '$2' AND end_ms IS NOT NULL
		FROM v_session WHERE session = '$1'"
}
by_canary() {
	aa_within 10 aa_holds "$dir" "SELECT count(*) = 1 FROM v_verdict
		WHERE session = '$1' AND rule = 'canary' AND enforced = $2"
}
# counts ACCOUNT SWEPT TRIPPED
counts() {
	aa_within 10 aa_holds "$dir" "SELECT swept = $2 AND tripped = $3
		FROM v_canary WHERE account = '$1'"
}
plant() { "$dir/doveadm" -f tab audit canary plant "$@"; }
# As the command prints it: canary account mailbox uid armed subject.
planted() { awk -F'\t' -v n="$2" 'NR == 2 { print $n }' "$dir/$1"; }
fetched() { "$dir/doveadm" -f flow fetch -u "$1" "$2" mailbox INBOX uid "$3"; }
listed() { # ACCOUNT: its state
	"$dir/doveadm" -f tab audit canary list "$1" | awk -F'\t' 'NR == 2 { print $5 }'
}
# http COMMAND PARAMETERS: the answer of doveadm's HTTP API in $dir/http.
http() {
	curl -s -m 30 -u doveadm:secret -H 'Content-Type: application/json' \
		-d "[[\"$1\",$2,\"tag\"]]" \
		"http://127.0.0.1:$http_port/doveadm/v1" >"$dir/http"
}
answer() { # PYTHON: holds of the rows of the answer
	python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))[0][1]
sys.exit(0 if eval(sys.argv[2]) else 1)' "$dir/http" "$1" || { sed 's/^/# /' "$dir/http"; return 1; }
}
fails_with() { # STATUS COMMAND…
	local wanted=$1 status=0
	shift
	"$@" >"$dir/fails" 2>&1 || status=$?
	[ $status -eq "$wanted" ] || { sed 's/^/# /' "$dir/fails"; return 1; }
}

for account in $accounts; do
	client "home-$account" "$account" $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done

# --- plant ---
plant --language fr --settle 0s anna >"$dir/plant-anna"
plant --settle 0s --by night bob >"$dir/plant-bob"
plant --settle 0s --date 2025-02-03 dora >"$dir/plant-dora"
plant carl >"$dir/plant-carl"
plant --settle 0s erin >"$dir/plant-erin"
plant --settle 0s fred >"$dir/plant-fred"
uid=$(planted plant-anna 4)
check "plant says where the decoy is" [ "$uid" = 61 ]
check "… whose names belong to nobody" sh -c '"$@" | grep -qE "https://.*\.(example|invalid)/"' \
	sh "$dir/doveadm" fetch -u anna body mailbox INBOX uid "$uid"
check "… in the language asked for" sh -c '"$@" | grep -q "Bonjour"' \
	sh "$dir/doveadm" fetch -u anna body mailbox INBOX uid "$uid"
check "… and looks as if it had been read long ago" sh -c '
	"$@" | grep "flags=.*\\\\Seen" | grep -q "date.received=2025-02-0[23]"' \
	sh "$dir/doveadm" -f flow fetch -u dora "flags date.received" mailbox INBOX uid 61
check "… every one is another" [ "$(for account in $accounts; do
	fetched $account hdr.message-id 61; done | sort -u | wc -l)" = 6 ]
check "… whose file is the user's" [ "$(grep -rl 'Bonjour' "$dir/mail/anna/Maildir" |
	xargs stat -c %u)" = "$(aa_uid "$dir" anna)" ]
check "who planted it is on the record" aa_holds "$dir" \
	"SELECT made_by = 'night' FROM v_canary WHERE account = 'bob'"
check "doveadm itself trips nothing" counts anna 0 0

# --- what must not cry wolf ---
client list anna $home "Mail/1" "UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)" \
	"UID FETCH 1:* (BODY.PEEK[HEADER])" "UID FETCH 1:* (PREVIEW)"
check "the owner's list trips nothing" told list none
check "… on the record, too" counts anna 0 0
phone=("UID FETCH 1:* (FLAGS ENVELOPE)")
for ((i = uid; i > 0; i--)); do
	phone+=("UID FETCH $i BODY.PEEK[]")
done
client phone anna $home "Phone/1" "${phone[@]}"
check "neither does the first sync of his phone, newest first ($(got phone))" told phone none
check "… which had it with all else" counts anna 1 0
client whole fred $home "Mail/1" "UID FETCH 1:* BODY.PEEK[]"
check "nor one command for everything, without a list" told whole none
client backup fred $backup "imapsync/1" "UID FETCH 61 BODY.PEEK[]"
check "nor a backup that is on the allow-list" told backup none
check "… on the record, too" counts fred 1 0
client known carl $home "Mail/1" "UID FETCH 61 BODY.PEEK[]"
check "nor the owner's mail program that fetches what has just come" told known none
check "… while the decoy settles" counts carl 1 0

# --- what must ---
client thief anna $abroad "Harvester/1" "UID FETCH $uid BODY.PEEK[]" "UID FETCH 1:20 BODY.PEEK[]"
check "a thief is stopped by the decoy" told thief stop
# what it was granted before the decoy was known of
check "… with no more than its lease of 10 ($(got thief))" [ "$(got thief)" -le 10 ]
check "… for that reason" by_canary thief 1
check "… on the record" counts anna 1 1
client again anna $abroad "Harvester/2" "UID FETCH 1 BODY.PEEK[]"
check "it is refused when it comes back" [ "$(got again)" = 0 ]
client owner anna $home "Mail/1" "UID FETCH 1:20 BODY.PEEK[]"
check "the owner goes on" [ "$(got owner)" = 20 ]
client stranger carl $abroad "Harvester/1" "UID FETCH 61 BODY.PEEK[]"
check "for a stranger nothing settles" by_canary stranger 1

client curious bob $home "Mail/1" "UID FETCH 61 BODY.PEEK[TEXT]" \
	"UID FETCH 60 BODY.PEEK[]"
check "somebody at home who opens just that one is shown" told curious flag
check "… for that reason" by_canary curious 0
check "… and goes on ($(got curious))" [ "$(got curious)" -ge 1 ]
check "… with an incident that the list names" aa_holds "$dir" "SELECT
	incident = (SELECT incident FROM v_verdict WHERE session = 'curious')
	FROM v_canary WHERE account = 'bob'"
client looker dora $home "Mail/1" "UID FETCH 1:* (FLAGS ENVELOPE)" "UID FETCH 61 BODY.PEEK[]"
check "also if he had the list first" told looker flag
check "the log says it in one line" sh -c 'grep -c "access-audit: canary user=dora session=looker .*uid=61" "$1" |
	grep -qx 1' sh "$dir/log/dovecot.log"

# --- a service that starts anew ---
aa_dovecot_stop "$dir"
aa_dovecot_again "$dir"
client later erin $abroad "Harvester/1" "UID FETCH 61 BODY.PEEK[]"
check "a service that starts anew knows them" by_canary later 1

# --- access_audit_lock_on_canary ---
locked() { "$dir/doveadm" -f tab audit orders | grep -c "lock	$1	"; }
aa_dovecot_stop "$dir"
echo "access_audit_lock_on_canary = yes" >>"$dir/extra.conf"
aa_dovecot_again "$dir"
client at-home fred $home "Mail/1" "UID FETCH 1:* (FLAGS ENVELOPE)" "UID FETCH 61 BODY.PEEK[]"
check "who is only shown is not locked" told at-home flag
check "…" [ "$(locked fred)" = 0 ]
client robber fred $abroad "Harvester/1" "UID FETCH 61 BODY.PEEK[]"
check "if the setting says so, a thief's decoy locks the account" aa_within 10 aa_holds "$dir" \
	"SELECT count(*) = 1 FROM v_order JOIN v_session USING (incident)
	WHERE v_session.session = 'robber' AND kind = 'lock' AND v_order.account = 'fred'
		AND state = 'active' AND made_by = 'rule canary' AND note LIKE 'a decoy was opened: AA-%'"
client shut-out fred $home "Mail/1"
check "… for everybody" grep -q '^bye \[ALERT\] This account is locked' "$dir/shut-out"
check "… until somebody lifts it" "$dir/doveadm" audit unlock fred
check "… once" [ "$(locked fred)" = 0 ]

# --- list, remove ---
check "list: armed" [ "$(listed bob)" = armed ]
check "list: settling" [ "$(listed carl)" = settling ]
"$dir/doveadm" expunge -u bob mailbox INBOX uid 61
check "list: missing, once the owner has deleted it" [ "$(listed bob)" = missing ]
check "remove" "$dir/doveadm" audit canary remove "$(planted plant-anna 1)"
check "… takes the message away" [ -z "$(fetched anna uid "$uid")" ]
check "… and is on the record" aa_holds "$dir" "SELECT state = 'removed'
	AND removed_by IS NOT NULL FROM v_canary WHERE account = 'anna'"
check "… and it is listed no more" [ -z "$(listed anna)" ]
check "remove: one that is missing, too" "$dir/doveadm" audit canary remove \
	"$(planted plant-bob 1)"
check "remove: not twice" fails_with 68 "$dir/doveadm" audit canary remove \
	"$(planted plant-anna 1)"

# --- over HTTP ---
http auditCanaryPlant '{"account":"bob","language":"fr"}'
check "plant over HTTP" answer 'rows[0]["account"] == "bob" and int(rows[0]["uid"]) == 62'
check "… by doveadm-http" aa_holds "$dir" "SELECT count(*) = 1 FROM v_canary
	WHERE account = 'bob' AND made_by = 'doveadm-http'"
check "… as the user" [ "$(grep -rl 'Bonjour' "$dir/mail/bob/Maildir" |
	xargs stat -c %u)" = "$(aa_uid "$dir" bob)" ]
http auditCanaryList '{"mask":"bob"}'
check "list over HTTP" answer '[row["state"] for row in rows] == ["settling"]'
http auditCanaryRemove "{\"canary\":\"$(aa_sql "$dir" "SELECT max(canary) FROM v_canary")\"}"
check "remove over HTTP" answer 'rows[0]["result"] == "removed"'
# As root, and for whoever has the key: it must not tell what stands in a file.
http auditCanaryPlant '{"account":"bob","template":"/etc/shadow"}'
check "plant takes no file over HTTP" answer 'rows["exitCode"] == 64'

# --- errors ---
check "a mailbox that is not there" fails_with 67 plant --mailbox Nowhere anna
check "a mailbox whose name is not UTF-8" fails_with 67 plant --mailbox $'\xff\xfe' anna
check "a user who is not there" fails_with 67 plant nobody
check "a language that is not there" fails_with 64 plant --language xx anna
check "a language that leads elsewhere" fails_with 64 plant --language ../en anna
printf 'Subject: x\nFrom: a@b.example\n\n{nonsense}\n' >"$dir/wrong"
check "a template that is wrong" fails_with 64 plant --template "$dir/wrong" anna
check "… with what is wrong in it" grep -q '{nonsense} is none of' "$dir/fails"
printf 'Subject: Own\nFrom: a@{domain}\n\n{password}\n' >"$dir/own"
check "a template of one's own" plant --template "$dir/own" anna
files() { find "$dir/mail/anna/Maildir/cur" "$dir/mail/anna/Maildir/new" -type f | wc -l; }
before=$(files)
aa_dovecot_stop "$dir"
check "without the service nothing is planted" fails_with 69 plant anna
check "… and nothing left behind" [ "$(files)" = "$before" ]
check "no panic in the log" log_is_clean '--template: only for the command line'
exit "$aa_failed"
