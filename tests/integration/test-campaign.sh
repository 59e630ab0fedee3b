#!/usr/bin/env bash
# test-campaign.sh VERSION: one source and many accounts, with real clients and
# Dovecot's auth. A spray with one success is one incident with its accounts, and so
# are thieves with the right passwords; an office behind one address is none. doveadm
# audit pivot says who was touched.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
dir=$AA_BUILD/run/campaign-$version
policy_port=$(aa_free_port)
# Without geography, so that each is a network of its own.
office=192.0.2.9 sprayer=203.0.113.7 thief=198.51.101.7 hotel=198.51.102.7 lone=198.51.103.7
# The example, with a key and a place of this test's own.
policy() {
	sed -e 's/CHANGE-ME-0123456789/test-policy-key-0001/' \
		-e "s/4001/$policy_port/" -e "s|/run/dovecot/|$dir/base/|" \
		"$AA_TOP/examples/dovecot-$version-policy.conf"
}
# Dovecot's own penalty of failed logins would take most of the time.
penalty_2.3() {
	cat <<-END
	service anvil {
	  unix_listener anvil-auth-penalty {
	    mode = 0
	  }
	}
	END
}
penalty_2.4() { :; }

accounts=(anna bob carl dora erin fred gina hugo ivan)
aa_campaign_accounts=3
aa_test_dovecot campaign "${accounts[@]}" <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $dir/policy
access_audit_geo_databases =
access_audit_notify_closed = yes
access_audit_notify_exec = /bin/true
access_audit_notify_per_hour = 1000
auth_failure_delay = 0
$("penalty_$version")
$(policy)
END
# A new network speaks less loud than a new country: the 34th message of old mail stops.
limit=34
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
for account in "${accounts[@]}"; do
	aa_mails "$dir" "$account" INBOX 60 5 48
done
aa_test_start

# client NAME ACCOUNT ADDRESS CLIENT PASSWORD COMMAND…
client() {
	local name=$1 account=$2 ip=$3 id=$4 password=$5
	shift 5
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client "$id" \
		127.0.0.1 "$aa_imap_port" "$account" "$password" \
		"SELECT INBOX" "$@" >"$dir/$name" 2>&1 || :
}
read_old() { # NAME ACCOUNT ADDRESS CLIENT [LAST]
	client "$1" "$2" "$3" "$4" "$aa_password" \
		"UID FETCH 1:${5:-40} BODY.PEEK[]"
}
holds() { aa_within 10 aa_holds "$dir" "$1"; }
# pivot SOURCE EXPRESSION: what is printed in JSON, by account, makes it true.
pivot() {
	"$dir/doveadm" -f json audit pivot "$1" >"$dir/pivot" 2>"$dir/pivot.err" || {
		sed 's/^/# /' "$dir/pivot.err"
		return 1
	}
	python3 - "$dir/pivot" "$2" <<-'END'
	import json, sys
	rows = [row for row in json.load(open(sys.argv[1], encoding="utf-8"))
	        if row["account"]]
	by = {row["account"]: row for row in rows}
	if not eval("(" + sys.argv[2] + ")"):
	    print("#", json.dumps(rows))
	    sys.exit(1)
	END
}

for account in "${accounts[@]}"; do
	client "home-$account" "$account" $office "Mail/1" "$aa_password" \
		"UID FETCH 58:60 BODY.PEEK[]"
done
holds "SELECT count(*) = 9 FROM v_session WHERE end_ms IS NOT NULL" ||
	not_ok "everybody has a home"
# They are at home there from the second session on.
for account in "${accounts[@]}"; do
	client "back-$account" "$account" $office "Mail/1" "$aa_password"
done

# --- an office behind one address ---

for account in anna bob carl dora; do
	client "old-$account" $account $office "Phone/1" "old password"
done
holds "SELECT count(*) = 4 FROM v_failed_login WHERE ip = '$office'" ||
	not_ok "failed logins are recorded"
client "new-phone" erin $office "Phone/1" "$aa_password" "UID FETCH 60 BODY.PEEK[]"
holds "SELECT end_ms IS NOT NULL FROM v_session WHERE session = 'new-phone'" || :
check "old passwords in an office are no campaign" aa_holds "$dir" \
	"SELECT count(*) = 0 FROM v_incident"
# Strangers in one hotel who only read what is new are none either.
for account in gina hugo ivan; do
	client "hotel-$account" $account $hotel "Mail/1" "$aa_password" \
		"UID FETCH 60 BODY.PEEK[]"
done
holds "SELECT count(*) = 3 FROM v_session WHERE ip = '$hotel' AND end_ms IS NOT NULL
	AND standing = 'unfamiliar'" || not_ok "guests of a hotel are strangers there"
check "… nor are guests of one hotel" aa_holds "$dir" \
	"SELECT count(*) = 0 FROM v_incident"

# --- a spray with one success ---

for account in anna bob carl nobody; do
	client "spray-$account" $account $sprayer "Harvester/1" "Summer2026"
done
holds "SELECT count(*) = 4 FROM v_failed_login WHERE ip = '$sprayer'" ||
	not_ok "the spray is recorded"
check "a spray alone is none" aa_holds "$dir" "SELECT count(*) = 0 FROM v_incident"
read_old hit dora $sprayer "Harvester/1"
check "with its success it is one incident" holds \
	"SELECT count(*) = 1 AND min(kind) = 'campaign' AND min(action) = 'stop'
	FROM v_incident"
check "… of the prefix, with all its accounts that exist" holds \
	"SELECT source = '203.0.113.0/24' AND accounts = 4 FROM v_incident"
check "… and what happened to each" holds \
	"SELECT group_concat(account || ' ' || part, ', ') =
		'anna tried, bob tried, carl tried, dora acted'
	FROM (SELECT * FROM v_incident_account ORDER BY account)"
check "… the session is a part of it, to the message" holds \
	"SELECT bodies = $limit AND sessions = 1 FROM v_incident"
check "… the thief was stopped" grep -q '^bye \[ALERT\] .*AA-1' "$dir/hit"
check "… its line says what, who, from where, how much, what was done, what next" \
	holds "SELECT summary LIKE 'stopped: % 4 accounts, last dora, 20% from '
		|| '203.0.113.0/24 (usual: %), client Harvester/1; read so far $limit '
		|| 'messages; session ended, network and client blocked '
		|| '(step 1 of 3: 1 h); '
		|| 'next: doveadm audit pivot AA-1' FROM v_incident"
client more erin $sprayer "Harvester/1" "Summer2026"
check "whom it tries later joins" holds \
	"SELECT accounts = 5 FROM v_incident"
check "pivot lists them and what was read" pivot AA-1 \
	'set(by) >= {"anna", "bob", "carl", "dora", "erin"} and
	by["dora"]["messages"] == '$limit' and by["dora"]["action"] == "stop" and
	rows[0]["account"] == "dora" and by["dora"]["incidents"] == "AA-1" and
	by["anna"]["sessions"] == 0 and by["anna"]["failed_logins"] == 1 and
	by["anna"]["by"] == "incident prefix"'
check "… and so by its address" pivot $sprayer \
	'set(by) == {"anna", "bob", "carl", "dora", "erin"} and
	by["dora"]["by"] == "address"'
"$dir/doveadm" audit incidents --since 1h >"$dir/listed" 2>&1
check "incidents lists it with how many" grep -q 'AA-1 .*5 accounts' "$dir/listed"
"$dir/doveadm" audit why AA-1 >"$dir/why" 2>&1
check "why gives its verdicts" grep -q 'stranger to 4 accounts: it got into 1, failed at 3' \
	"$dir/why"

# --- thieves with the right passwords: their incidents join ---

read_old one fred $thief "Curl/8"
read_old two gina $thief "Curl/8"
check "two accounts have an incident each" holds \
	"SELECT count(*) = 2 AND sum(bodies) = 2 * $limit FROM v_incident
	WHERE kind = 'account' AND network = '198.51.101.0/24' AND state = 'open'"
read_old three hugo $thief "Curl/8"
check "the third makes them one" holds \
	"SELECT count(*) = 1 AND max(accounts) = 3 AND max(bodies) = 3 * $limit
		AND max(sessions) = 3 FROM v_incident
	WHERE source = '198.51.101.0/24' AND state = 'open'"
check "… which the others name" holds \
	"SELECT count(*) = 2 FROM v_incident AS own JOIN v_incident AS campaign
		ON campaign.incident = own.joined
	WHERE own.state = 'closed' AND campaign.source = '198.51.101.0/24'"
check "… with all their sessions" holds \
	"SELECT count(*) = 3 AND count(DISTINCT incident) = 1 FROM v_session
	WHERE ip = '$thief'"
check "… and the blocks of all of them" holds \
	"SELECT count(*) = 3 FROM v_block JOIN v_incident USING (incident)
	WHERE source = '198.51.101.0/24' AND v_block.state = 'active'"
ref=$(aa_sql "$dir" "SELECT incident FROM v_incident WHERE source = '198.51.101.0/24'")
check "pivot: who else met this client" pivot "$ref" \
	'set(by) == {"fred", "gina", "hugo"} and
	all(row["messages"] == row["old_messages"] == '$limit' for row in rows) and
	by["fred"]["by"] == "incident prefix client"'
"$dir/doveadm" -f json audit scope --messages 0 "$ref" >"$dir/scope" 2>&1
check "scope has what all of them lost" [ "$(grep -o '"what":"read"' "$dir/scope" | wc -l)" = 3 ]

# --- across a restart ---

aa_dovecot_stop "$dir"
aa_test_start
read_old four ivan $thief "Curl/8"
check "after a restart a fourth account joins the same" holds \
	"SELECT accounts = 4 AND bodies = 4 * $limit FROM v_incident WHERE incident = '$ref'"
check "there is no other" holds "SELECT count(*) = 4 FROM v_incident"

# --- what a person decides of a campaign ---

audit() { "$dir/doveadm" audit "$@" >"$dir/audited" 2>&1 || { sed 's/^/# /' "$dir/audited"; return 1; }; }
told_closed() { # REFERENCE HOW
	holds "SELECT count(*) = 1 FROM notification JOIN incident ON incident.id = incident_id
		WHERE notification.kind = 'closed' AND ref = '$1' AND body LIKE '%\"closed\":\"$2\"%'"
}
check "close closes it" audit incidents close --by night "$ref"
check "… with all its numbers" holds "SELECT state = 'closed' AND accounts = 4
	AND bodies = 4 * $limit AND decided_by = 'night' FROM v_incident WHERE incident = '$ref'"
check "… and people are told" told_closed "$ref" "by night"
check "reopen opens it" audit incidents reopen "$ref"
check "… on the record" holds "SELECT state = 'open' AND finding = 'none' FROM v_incident
	WHERE incident = '$ref'"
read_old five bob $thief "Curl/8"
check "… and who is met then joins it" holds "SELECT accounts = 5 AND bodies = 5 * $limit
	FROM v_incident WHERE incident = '$ref'"
check "confirm blocks each account until it is lifted" audit confirm "$ref"
check "… on the record" holds "SELECT count(*) = 5 AND count(DISTINCT account) = 5
	FROM v_block WHERE incident = '$ref' AND state = 'active'
	AND ends = 'until it is lifted' AND note = 'confirmed: $ref'"
check "… and it stays open" holds "SELECT state = 'open' AND finding = 'confirmed'
	FROM v_incident WHERE incident = '$ref'"
check "reopen takes the finding back" audit incidents reopen "$ref"
strange() { holds "SELECT $2 FROM seen JOIN account ON account.id = account_id
	WHERE account.name = '$1'"; }
check "what a thief read is a stranger's" strange dora "strange = '1:$limit'"
check "accept takes a campaign" audit accept AA-1
check "… which is closed then, its blocks lifted" holds "SELECT state = 'closed'
	AND finding = 'accepted' AND NOT EXISTS (SELECT 1 FROM v_block
		WHERE incident = 'AA-1' AND state = 'active')
	FROM v_incident WHERE incident = 'AA-1'"
check "… of which people are told" told_closed AA-1 "by root, accepted"
check "… and what was read there is no stranger's any more" strange dora "strange = ''"
read_old dora-again dora $sprayer "Harvester/1"
check "… who reads on there" holds "SELECT action = 'none' AND standing = 'familiar'
	FROM v_session WHERE session = 'dora-again'"

# --- quiet ---

read_old before anna $lone "Curl/8"
check "another account, another place: its own" holds \
	"SELECT count(*) = 1 FROM v_incident WHERE account = 'anna' AND state = 'open'
	AND former IS NULL"
before=$(aa_sql "$dir" "SELECT incident FROM v_incident WHERE account = 'anna'")
aa_dovecot_stop "$dir"
# All of it was 8 days ago.
sqlite3 "$dir/db/audit.sqlite" "UPDATE incident SET
	last_ms = last_ms - 8 * 86400000, opened_ms = opened_ms - 8 * 86400000;
	UPDATE block SET until_ms = from_ms"
aa_test_start
read_old after anna $lone "Curl/8"
check "after a week of quiet it is another one, that names the former" holds \
	"SELECT count(*) = 1 AND max(former) = '$before'
		AND max(summary) LIKE '%; before: $before; next: doveadm audit why %'
	FROM v_incident WHERE account = 'anna' AND state = 'open'"
check "… and all the others close by themselves, but what was reopened lately" \
	aa_within 90 aa_holds "$dir" "SELECT group_concat(incident, ' ') = (
		SELECT '$ref ' || max(incident) FROM v_incident WHERE account = 'anna')
	FROM (SELECT incident FROM v_incident WHERE state = 'open' ORDER BY incident_row)"
check "… and people are told" told_closed "$before" "quiet for 7 d"
check "no error in the log" log_is_clean "Policy server HTTP error"
exit "$aa_failed"
