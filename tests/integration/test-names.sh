#!/usr/bin/env bash
# test-names.sh VERSION: what the messages that were read are called is on record, and
# stays there when they are gone.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7 many=3000
aa_test_dovecot names anna bob carl <<END
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $AA_BUILD/run/names-$version/policy
END
# The first session is enough to know a stranger by.
cat >"$dir/policy" <<END
account_grace_days = 0
site_learn_days = 0
learn_days = 0
learn_sessions = 0
END
aa_mails "$dir" anna INBOX 12
aa_mails "$dir" carl INBOX 5
aa_mails "$dir" bob INBOX $many 5
aa_mailbox "$dir" anna Odd

# odd UID: a message of anna, from standard input
odd() {
	local path
	path=$(aa_maildir "$dir" anna Odd)/cur
	cat >"$path/99999999$1.M0R0.example:2,S"
	chown "$(aa_uid "$dir" anna):$aa_gid" "$path"/*
}
long=$(printf 'x%.0s' {1..400})
printf 'Subject: a\nDate: nonsense\n\nWithout\n' | odd 1
{
	for i in {1..400}; do
		printf 'Received: from a.example by b.example with ESMTP id %d for <anna>\n' "$i"
	done
	printf 'Message-ID:\r\n <far@example.net>\nDate: Thu, 1 Jan 2026 00:00:00 +0100\n\nFar\n'
} | odd 2
printf 'Message-ID: <\033[31m"; DROP\t--%s@example.net>\n\nLong\n' "$long" | odd 3
printf 'Message-ID: <>\nMessage-Id: <second@example.net>\n\nTwo\n' | odd 4
aa_test_start

# client NAME ACCOUNT ADDRESS COMMAND…
client() {
	local name=$1 account=$2 ip=$3
	shift 3
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client Mail/1 \
		127.0.0.1 "$aa_imap_port" "$account" "$aa_password" \
		"SELECT INBOX" "$@" >"$dir/$name" 2>&1 || :
}
pop3() {
	local name=$1 account=$2 ip=$3
	shift 3
	imapload --pop3 --session-id "$name" --rip "$ip" 127.0.0.1 "$aa_pop3_port" \
		"$account" "$aa_password" "$@" >"$dir/$name" 2>&1 || :
}
over() { # NAME: the session is over, and on record
	aa_within 15 aa_holds "$dir" "SELECT end_ms IS NOT NULL FROM v_session
		WHERE session = '$1'"
}
uids() { # OWNER
	aa_sql "$dir" "SELECT uid FROM v_message WHERE owner = '$1'
		AND mailbox = 'INBOX'" | aa_uid_set
}
# What Dovecot says of anna's messages, as the record should have it.
truth() {
	"$dir/doveadm" -f tab fetch -u anna \
		"uid hdr.message-id size.virtual date.sent.unixtime" \
		mailbox INBOX uid "$1" |
		awk -F'\t' 'NR > 1 { gsub(/[<>]/, "", $2); print $1 "|" $2 "|" $3 "|" $4 }'
}
record() {
	aa_sql "$dir" "SELECT uid, message_id, size, date_s FROM v_message
		WHERE owner = 'anna' AND mailbox = 'INBOX' ORDER BY uid"
}

client bodies anna $home "UID FETCH 1:5 BODY.PEEK[]" "UID FETCH 6 BODY.PEEK[1]" \
	"UID FETCH 7 BODY.PEEK[HEADER]" "UID FETCH 8 (ENVELOPE BODYSTRUCTURE)" \
	"UID FETCH 8 (PREVIEW)" "UID FETCH 3:4 (RFC822.SIZE BODY.PEEK[TEXT])"
check "a session that reads bodies and a part" over bodies
check "… names these, and no other ($(uids anna))" [ "$(uids anna)" = 1:6 ]
# The size of a message of which only parts were sent may be unknown.
unsized() { sed '6s/|[0-9]*|/||/'; }
truth 1:6 | unsized >"$dir/truth"
record | unsized >"$dir/record"
check "… by Message-ID, size and date" cmp "$dir/truth" "$dir/record"
pop3 pop anna $home "RETR 9" "TOP 10 3" "TOP 11 0"
check "POP3" over pop
check "… names what RETR and TOP have shown of the text ($(uids anna))" \
	[ "$(uids anna)" = 1:6,9:10 ]
check "… in the same way" [ "$(truth 9)" = "$(record | grep '^9|')" ]

client odd anna $home "SELECT Odd" "UID FETCH 1:4 BODY.PEEK[]"
check "odd headers" over odd
odd_is() { # UID SQL
	aa_holds "$dir" "SELECT $2 FROM v_message WHERE mailbox = 'Odd' AND uid = $1"
}
check "none is no name" odd_is 1 \
	"message_id IS NULL AND mid IS NULL AND date_s IS NULL AND size > 0"
check "one far down, in two lines" odd_is 2 \
	"message_id = 'far@example.net' AND date_s = 1767222000"
check "a long one is cut, and is what it is" odd_is 3 \
	"length(CAST(message_id AS BLOB)) <= 255 AND substr(message_id, -1) = '…'
	AND message_id LIKE char(27) || '[31m\"; DROP' || char(9) || '--xxxx%'"
check "the first of two counts" odd_is 4 "message_id IS NULL"

record >"$dir/before"
"$dir/doveadm" expunge -u anna mailbox INBOX all
check "what is deleted keeps its name" [ -z "$(truth 1:12)" -a "$(record)" = "$(cat "$dir/before")" ]

# --- as fast as it goes ---
client fast bob $home "UID FETCH 1:* BODY.PEEK[]"
check "$many messages in one command" over fast
check "… are all named ($(uids bob))" [ "$(uids bob)" = "1:$many" ]
check "… each by its own name" aa_holds "$dir" "SELECT count(DISTINCT message_id) = $many
	AND count(DISTINCT mid) = $many AND min(size) > 0 AND min(mid) > 0
	FROM v_message WHERE owner = 'bob'"

# --- the service is killed meanwhile ---
client once carl $home "UID FETCH 1 BODY.PEEK[]"
first() {
	aa_sql "$dir" "SELECT uid, message_id, mid, size, date_s FROM v_message
		WHERE owner = 'carl' AND uid = 1"
}
over once
before=$(first)
imapload --session-id killed --rip $home --rate 4 --each 5 127.0.0.1 "$aa_imap_port" \
	carl "$aa_password" "SELECT INBOX" "UID FETCH %d BODY.PEEK[]" >"$dir/killed" 2>&1 &
client_pid=$!
sleep 0.7
kill -KILL "$(service_pid)"
wait $client_pid || :
check "a service that is killed" over killed
check "… hears of all names again ($(uids carl))" [ "$(uids carl)" = 1:5 ]
check "… and what it knew is the same" [ "$before" = "$(first)" ]
check "no error in the log but that" log_is_clean "access-audit|killed with signal 9"
aa_dovecot_stop "$dir"

# --- only of strangers, or of nobody ---
# again WHOSE
again() {
	sed -i '/access_audit_message_ids/d' "$dir/extra.conf"
	echo "access_audit_message_ids = $1" >>"$dir/extra.conf"
	rm -f "$dir"/db/*
	aa_mails "$dir" carl INBOX 5
	aa_dovecot_again "$dir"
	client "home-$1" carl $home "UID FETCH 1:2 BODY.PEEK[]"
	client "known-$1" carl $home "UID FETCH 3 BODY.PEEK[]"
	client "odd-$1" carl $abroad "UID FETCH 4 BODY.PEEK[]"
	over "odd-$1"
}
check "the names of strangers' messages only" again unfamiliar
check "… and of those whose account is new ($(uids carl))" [ "$(uids carl)" = 1:2,4 ]
aa_dovecot_stop "$dir"
check "no names" again none
check "… none at all" aa_holds "$dir" "SELECT count(*) = 0 FROM v_message"
check "… but what was read" aa_holds "$dir" "SELECT sum(messages) = 4 FROM v_read
	WHERE kind = 'body'"
exit "$aa_failed"
