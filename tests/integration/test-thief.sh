#!/usr/bin/env bash
# test-thief.sh VERSION: real clients over the whole way, from the plugin to the
# engine. A thief gets its lease to the message, and not one more; the owner's new
# phone gets all, a traveller the new mail.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7
aa_test_dovecot thief anna bob carl dora erin fred <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $AA_BUILD/run/thief-$version/policy
END
limit=30
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
for account in anna bob carl dora erin fred; do
	# one in two days: the newest 14 are fresh, the others older than 30 days
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
stopped() { grep -q '^bye \[ALERT\] .*AA-' "$dir/$1"; }
told() { # NAME ACTION: what the database says of the session
	aa_within 10 aa_holds "$dir" "SELECT action = '$2' AND end_ms IS NOT NULL
		FROM v_session WHERE session = '$1'"
}

for account in anna bob carl dora erin fred; do
	client "home-$account" $account $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done

client thief anna $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"
check "a thief gets $limit messages of old mail, not one more ($(got thief))" \
	[ "$(got thief)" = $limit ]
check "… and one clean BYE with a reference" stopped thief
check "… which is on the record" told thief stop
check "… to the message" exact thief "$dir/thief"
client again anna $abroad "Harvester/2" "UID FETCH 41 BODY.PEEK[]"
check "it is refused when it comes back" [ "$(got again)" = 0 ]
client owner anna $home "Mail/1" "UID FETCH 1:60 BODY.PEEK[]"
check "the owner goes on" [ "$(got owner)" = 60 ]

client slow bob $abroad "Harvester/1" "UID FETCH 1:20 BODY.PEEK[]" \
	"UID FETCH 5:12 BODY.PEEK[]" "UID FETCH 21:40 BODY.PEEK[TEXT]"
check "a second reading counts as none ($(got slow) deliveries)" told slow stop
check "… it ends with the same message" aa_holds "$dir" "SELECT messages = $limit
	FROM v_read WHERE session = 'slow' AND kind = 'body'"

client phone carl $home "Phone/1" "UID FETCH 1:* (FLAGS ENVELOPE)" \
	"UID FETCH 1:* BODY.PEEK[]"
check "the owner's new phone gets everything" [ "$(got phone)" = 60 ]
check "… unremarked" told phone none

client trip dora $abroad "Mail/1" "UID FETCH 50:60 BODY.PEEK[]"
check "a traveller gets the new mail" [ "$(got trip)" = 11 ]
check "… unremarked" told trip none
check "… though unfamiliar" aa_holds "$dir" \
	"SELECT standing = 'unfamiliar' FROM v_session WHERE session = 'trip'"
# Two searches of 2.2 each make up for the 30 messages, and so does the beginning
# of a word.
client hunter erin $abroad "Harvester/1" 'UID SEARCH TEXT "passw"' \
	'UID SEARCH BODY "Mot de Passe"' "UID FETCH 1:40 BODY.PEEK[]"
check "who searches for passwords gets nothing of what is found ($(got hunter))" \
	[ "$(got hunter)" -le 1 ]
check "… and is stopped for that" aa_within 10 aa_holds "$dir" "SELECT count(*) > 0
	FROM v_verdict WHERE session = 'hunter' AND rule = 'search-hits' AND enforced"
client picnic fred $abroad "Harvester/1" 'UID SEARCH TEXT "picnic"' \
	'UID SEARCH BODY "monkey"' "UID FETCH 1:10 BODY.PEEK[]"
check "who searches for other words is not" [ "$(got picnic)" = 10 ]
check "… no word was kept, but of which category it was" aa_within 10 aa_holds "$dir" "SELECT
	count(*) = 4 AND sum(terms <> '') = 0 AND sum(categories = 'credentials') = 2
	FROM v_search"
check "no panic in the log" log_is_clean
exit "$aa_failed"
