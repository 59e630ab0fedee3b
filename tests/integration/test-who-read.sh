#!/usr/bin/env bash
# test-who-read.sh VERSION: who got a message, in whichever mailbox and by whatever
# name; what was searched for, and what that disclosed. On a real Dovecot.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7
public="location = maildir:$AA_BUILD/run/who-read-$version/public"
[ "$version" = 2.3 ] || public="mail_driver = maildir
  mail_path = $AA_BUILD/run/who-read-$version/public"
aa_test_dovecot who-read anna bob carl <<END
namespace public {
  type = public
  prefix = Public/
  separator = /
  subscriptions = no
  $public
}
END
aa_mails "$dir" anna INBOX 9 5
aa_mailbox "$dir" anna Archive
aa_mails "$dir" bob INBOX 2 5
mkdir -p "$dir/public/.News/cur" "$dir/public/.News/new" "$dir/public/.News/tmp"
# The third of anna is also bob's and carl's third or first, and in a public folder.
copy() { # FILE MAILDIR: a copy that comes last
	cp "$1" "$2/cur/1999999999.M1R1.example:2,S"
}
third=$(find "$(aa_maildir "$dir" anna INBOX)/cur" -type f | sort | sed -n 3p)
copy "$third" "$(aa_maildir "$dir" bob INBOX)"
copy "$third" "$(aa_maildir "$dir" carl INBOX)"
copy "$third" "$dir/public/.News"
for account in bob carl; do
	chown -R "$(aa_uid "$dir" $account):$aa_gid" "$dir/mail/$account"
done
chmod -R a+rwX "$dir/public"
id=$(sed -n 's/^Message-ID: <\(.*\)>/\1/p' "$third")
aa_mailbox "$dir" anna Odd
printf 'Message-ID: <\033[31m=cmd"@example.net>\nSubject: Odd\n\nOdd\n' \
	>"$(aa_maildir "$dir" anna Odd)/cur/99999.M0R0.example:2,S"
chown -R "$(aa_uid "$dir" anna):$aa_gid" "$dir/mail/anna"
aa_test_start

# client NAME ACCOUNT ADDRESS COMMAND…
client() {
	local name=$1 account=$2 ip=$3
	shift 3
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client Mail/1 \
		127.0.0.1 "$aa_imap_port" "$account" "$aa_password" "$@" >"$dir/$name" 2>&1 || :
	aa_within 15 aa_holds "$dir" "SELECT end_ms IS NOT NULL FROM v_session
		WHERE session = '$name'" || echo "# $name is not over"
}
who() { "$dir/doveadm" -f json audit who-read "$@" >"$dir/who" 2>"$dir/who.err"; }
# rows PYTHON: holds of the rows of the answer.
rows() {
	python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
def what(name): return [row for row in rows if row["what"] == name]
def got(): return sorted((row["session"], row["mailbox"], int(row["uid"]), row["kind"]) for row in what("read"))
if not eval("(" + sys.argv[2] + ")"):
    for row in rows: print("#", {name: value for name, value in row.items() if value is not None})
    sys.exit(1)' "$dir/${2:-who}" "$1"
}

client home anna $home "SELECT INBOX" "UID FETCH 1:4 BODY.PEEK[]"
client thief anna $abroad "SELECT INBOX" "UID FETCH 1:* (FLAGS ENVELOPE)" \
	"UID FETCH 2:9 BODY.PEEK[]"
client other anna $home "SELECT INBOX" "UID FETCH 5:9 BODY.PEEK[]"
client copy bob $home "SELECT INBOX" "UID FETCH 3 BODY.PEEK[1]"
client header carl $home "SELECT INBOX" "UID FETCH 1 BODY.PEEK[HEADER]"
client news carl $home "SELECT Public/News" "UID FETCH 1 BODY.PEEK[]"
client odd anna $home "SELECT Odd" "UID FETCH 1 BODY.PEEK[]"

read_by="[('copy', 'INBOX', 3, 'part'), ('home', 'INBOX', 3, 'body'),
	('news', 'Public/News', 1, 'body'), ('thief', 'INBOX', 3, 'body'),
	('thief', 'INBOX', 3, 'fields')]"
check "who-read" who "<$id>"
check "all who got it, over accounts, copies and a public folder" rows "got() == $read_by"
check "… from where" rows "{row['ip'] for row in what('read') if row['session'] == 'thief'}
	== {'$abroad'}"
check "… when" rows "all(row['first_ms'] <= row['last_ms'] for row in what('read'))"
check "… where it lies, with size and date" rows "sorted((row['owner'] or '', row['mailbox'],
	int(row['uid']), row['message_id'], int(row['size']) > 0, int(row['date_ms']) > 0)
	for row in what('message')) == [('', 'Public/News', 1, '$id', True, True),
	('anna', 'INBOX', 3, '$id', True, True), ('bob', 'INBOX', 3, '$id', True, True)]"
check "… with whether that is all" rows "rows[-1]['what'] in ('complete', 'incomplete')"
check "… and what is not found so" rows "len(what('unnamed')) == 1"
check "without < and >, too" who "$id"
check "… it is the same" rows "got() == $read_by"
check "by its place" who --account anna INBOX:3
check "… it is the same" rows "got() == $read_by"
check "… and lies there still" rows "any(row['mailbox'] == 'INBOX' and row['owner'] == 'anna'
	and row['note'] == 'recorded, and in the mailbox' for row in what('message'))"
check "by the place that somebody else has it in" who --account carl Public/News:1
check "… it is the same, and what only has a header in the record" rows "got() ==
	sorted($read_by + [('header', 'INBOX', 1, 'header')])"
check "in carl's mailboxes it is found unnamed" who --account carl "$id"
check "… with who got it" rows "('header', 'INBOX', 1, 'header') in got()"
check "… and it is said" rows "any('not recorded' in row['note'] for row in what('message'))"
check "in a period" who --until yesterday "$id"
check "… without a session" rows "got() == [] and len(what('nobody')) == 1"

# --- moved, read there, deleted ---
"$dir/doveadm" move -u anna Archive mailbox INBOX uid 3
client archive anna $home "SELECT Archive" "UID FETCH 1 BODY.PEEK[TEXT]"
check "moved and read there" who "$id"
check "… both are found" rows "got() == sorted($read_by +
	[('archive', 'Archive', 1, 'body')])"
for account in anna bob carl; do
	"$dir/doveadm" expunge -u $account mailbox '*' all
done
check "deleted everywhere" who --account anna "$id"
check "… all are found" rows "got() == sorted($read_by +
	[('archive', 'Archive', 1, 'body')])"
check "by the place where it was" who --account anna INBOX:3
check "… all are found" rows "got() == sorted($read_by +
	[('archive', 'Archive', 1, 'body')])"

"$dir/doveadm" -f json audit scope thief >"$dir/scope"
check "scope: what the thief got keeps its Message-ID" rows "'$id' in
	[(row['message_id'] or '').strip('<>') for row in what('message')]" scope

# --- what is not there, what is odd ---
check "a Message-ID that nobody has recorded" who "nobody@example.org"
check "… which does not say that nobody read it" rows "got() == [] and
	[row['note'] for row in what('unknown')] == ['the record has no name of this message: '
	'that does not say that nobody read it']"
check "… nor in the mailboxes of an account" who --account anna "nobody@example.org"
check "… it is the same" rows "got() == [] and len(what('unknown')) == 1"
check "a place where nobody was" who --account anna Nowhere:1
check "… it is the same" rows "got() == [] and len(what('unknown')) == 1"
check "a user who is not there" who --account nobody "nobody@example.org"
check "… that is said" rows "any('nobody' in row['note'] for row in what('unknown'))"
odd=$(printf '\033[31m=cmd"@example.net')
check "an odd one" who "$odd"
check "… is found" rows "got() == [('odd', 'Odd', 1, 'body')]"
"$dir/doveadm" audit who-read "$odd" >"$dir/odd-table"
"$dir/doveadm" -f tab audit who-read "$odd" >"$dir/odd-tab"
check "… and shown without its control characters" sh -c '! grep -q "$(printf "\033")" "$@"' \
	sh "$dir/odd-table" "$dir/odd-tab"
check "who asked is on record" aa_within 10 aa_holds "$dir" "SELECT count(*) > 5
	FROM v_inquiry WHERE verb = 'who-read'"

# --- searches ---
aa_mails "$dir" bob INBOX 6 5
client hunter bob $abroad "SELECT INBOX" 'UID SEARCH TEXT "passw"' \
	'UID SEARCH OR BODY "facture" SUBJECT "Message 2 of"' 'UID SEARCH BODY "lunch"'
searches() { "$dir/doveadm" -f json audit searches "$@" >"$dir/searches" 2>&1; }
hunted="[(row['session'], row['mailbox'], row['categories'] or '', int(row['hits']))
	for row in what('search')] == [('hunter', 'INBOX', 'credentials', 0),
	('hunter', 'INBOX', 'finance', 1), ('hunter', 'INBOX', '', 0)]"
found=$("$dir/doveadm" search -u bob mailbox INBOX subject "Message 2 of" | awk '{ print $2 }')
disclosed="[(row['session'], row['uids'], int(row['messages'])) for row in what('disclosed')]
	== [('hunter', '$found', 1)]"
check "searches of a session" searches hunter
check "… by category, with what they found" rows "$hunted" searches
check "… without their words" rows "all(not row['terms'] for row in rows)" searches
check "… and what that disclosed" rows "$disclosed" searches
check "… with whether that is all" rows "rows[-1]['what'] in ('complete', 'incomplete')" searches
check "searches of an account" searches bob
check "… are the same" rows "$hunted and $disclosed" searches
check "all searches" searches
check "… are the same" rows "$hunted and $disclosed" searches
check "searches of somebody who made none" searches carl
check "… are none" rows "what('search') == [] and what('disclosed') == []" searches
check "who asked is on record" aa_within 10 aa_holds "$dir" "SELECT count(*) = 4
	FROM v_inquiry WHERE verb = 'searches'"
check "no error in the log" log_is_clean
exit "$aa_failed"
