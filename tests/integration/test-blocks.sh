#!/usr/bin/env bash
# test-blocks.sh VERSION: a rule's blocks grow: an hour, a day, until somebody lifts
# them; the client and the admin are told which it is, and who lifts one has it begin
# anew.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7
aa_test_dovecot blocks anna bob carl dora erin <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $AA_BUILD/run/blocks-$version/policy
END
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
for account in anna bob carl dora erin; do
	aa_mails "$dir" $account INBOX 60 5 48
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
said() { grep -q "^bye \[ALERT\] $2" "$dir/$1"; }
# holds_block NUMBER EXPRESSION
holds_block() {
	aa_within 10 aa_holds "$dir" "SELECT $2 FROM v_block WHERE block = $1"
}
last_block() { # ACCOUNT EXPRESSION
	aa_within 10 aa_holds "$dir" "SELECT $2 FROM v_block WHERE account = '$1'
		ORDER BY block DESC LIMIT 1"
}
tests() { # ACCOUNT PATTERN
	"$dir/doveadm" audit test "$1" --ip $abroad --client Other/1 >"$dir/tested" 2>&1 &&
		grep -q "$2" "$dir/tested" || { sed 's/^/# /' "$dir/tested"; return 1; }
}
# What blocks there are, is long over: the service is stopped meanwhile.
age() {
	aa_dovecot_stop "$dir"
	sqlite3 "$dir/db/audit.sqlite" "UPDATE block SET from_ms = from_ms - $1,
		until_ms = until_ms - $1, lifted_ms = lifted_ms - $1"
	aa_dovecot_again "$dir"
}
hour=3600000

for account in anna bob carl dora erin; do
	client "home-$account" $account $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done
check "before the first, test tells what it would be" \
	tests anna "block-time.*step 1 of 3: 1 h"

client first anna $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"
check "the first is for an hour" holds_block 1 "until_ms - from_ms = $hour
	AND note = 'step 1 of 3: 1 h' AND client = 'harvester' AND ends LIKE 'until 20%'"
check "… the thief is told until when" \
	said first "Access stopped by the mail server's audit until 20"
check "… and the log" grep -q 'access-audit: block user=anna .* by=rule\\x20[a-z-]*: until 20.*, step 1 of 3: 1 h' \
	"$dir/log/dovecot.log"
check "… and the incident" aa_within 10 aa_holds "$dir" \
	"SELECT summary LIKE '%blocked (step 1 of 3: 1 h)%' FROM v_incident"
client refused anna $abroad "Harvester/1"
check "who comes back meanwhile is told so, too" \
	said refused "Access from this place is blocked by the mail server's audit until 20"

client second anna $abroad "Other/1" "UID FETCH 1:40 BODY.PEEK[]"
check "another client while it is in force: a day, for all clients" holds_block 2 \
	"until_ms - from_ms = 24 * $hour AND note = 'step 2 of 3: 1 d' AND client = '*'"
check "… test says so" tests anna "block 2 of .*step 2 of 3: 1 d"

age $((25 * hour))
client third anna $abroad "Other/1" "UID FETCH 1:40 BODY.PEEK[]"
check "the third, when both are over, is until it is lifted" holds_block 3 \
	"ends = 'until it is lifted' AND note = 'step 3 of 3: until lifted'"
check "… the thief is told" \
	said third "Access stopped by the mail server's audit until it is lifted"
check "… so does why" grep -q "block 3 .*is in force until it is lifted (step 3 of 3" \
	<("$dir/doveadm" audit why AA-1)
check "… so do blocks" grep -q "step 3 of 3: until lifted" <("$dir/doveadm" audit blocks)
client owner anna $home "Mail/1" "UID FETCH 1:60 BODY.PEEK[]"
check "the owner goes on" [ "$(got owner)" = 60 ]

"$dir/doveadm" audit unblock 3 >/dev/null
check "unblock has it begin anew" tests anna "block-time.*step 1 of 3: 1 h"
age 1
check "… which a restart does not forget" tests anna "block-time.*step 1 of 3: 1 h"

client bob-1 bob $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"
check "another account has steps of its own" holds_block 4 "note = 'step 1 of 3: 1 h'"
check "… and its next would be longer" tests bob "step 2 of 3: 1 d"
age $((2 * hour))
incident=$(aa_sql "$dir" "SELECT incident FROM v_incident WHERE account = 'bob'")
"$dir/doveadm" audit accept "$incident" >/dev/null
check "accept has a block forgotten that is over" holds_block 4 "state = 'lifted'"

client bob-2 bob $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"
check "… and who was accepted may read on ($(got bob-2))" [ "$(got bob-2)" = 40 ]
# --- an address that many share ---

# A company's way out in the network that the thief is in, too.
proxy=198.51.100.200
echo "198.51.100.192/26	egress	the way out of a company" >>"$dir/networks"
aa_dovecot_stop "$dir"
aa_dovecot_again "$dir"
client carl-thief carl $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"
check "a thief from that network is blocked for the AS" last_block carl "network = 'AS64500'"
client carl-2 carl $abroad "Other/1" "UID FETCH 1:40 BODY.PEEK[]"
check "… the second time with all clients" last_block carl "client = '*'"
client carl-proxy carl $proxy "Webmail/1" "UID FETCH 60 BODY.PEEK[]"
check "the owner gets in over the proxy in the same AS" [ "$(got carl-proxy)" = 1 ]
check "… unremarked" aa_within 10 aa_holds "$dir" "SELECT action = 'none'
	AND standing = 'unfamiliar' FROM v_session WHERE session = 'carl-proxy'"
# A network that is new to the account weighs less there than a country: some more.
client dora-thief dora $proxy "Harvester/1" "UID FETCH 1:46 BODY.PEEK[]"
check "a thief who comes over the proxy is blocked there, with the client" last_block dora \
	"network = '198.51.100.0/24' AND client = 'harvester'"
client dora-again dora $proxy "Harvester/1" "UID FETCH 1 BODY.PEEK[]"
check "… and refused" said dora-again "Access from this place is blocked"
client dora-owner dora $proxy "Webmail/1" "UID FETCH 60 BODY.PEEK[]"
check "… but not the owner, who comes over the same" [ "$(got dora-owner)" = 1 ]
client erin-thief erin $proxy "" "UID FETCH 1:46 BODY.PEEK[]"
check "a thief without a name is stopped there" aa_within 10 aa_holds "$dir" \
	"SELECT action = 'stop' FROM v_session WHERE session = 'erin-thief'"
check "… and nothing is blocked" aa_holds "$dir" \
	"SELECT count(*) = 0 FROM v_block WHERE account = 'erin'"
check "… which the incident says" aa_holds "$dir" "SELECT summary LIKE
	'%; session ended, nothing blocked: many share the address; next: %'
	FROM v_incident WHERE account = 'erin'"
client erin-owner erin $proxy "Webmail/1" "UID FETCH 60 BODY.PEEK[]"
check "… so the owner gets in" [ "$(got erin-owner)" = 1 ]
check "no panic in the log" log_is_clean
exit "$aa_failed"
