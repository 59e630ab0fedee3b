#!/usr/bin/env bash
# test-scope.sh VERSION: what a thief's clients wrote to disk is what scope tells, uid by
# uid: bodies, parts, POP3, over two accounts. And what was not read, what has been
# deleted since, what the headers say, who has asked.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
thief_ip=198.51.100.7 home=192.0.2.9
aa_test_dovecot scope anna ben carl <<END
access_audit_mode = record
END
aa_mails "$dir" anna INBOX 40
aa_mails "$dir" anna Archive/2025 12
aa_mails "$dir" anna Drafts 3
aa_mails "$dir" ben INBOX 15
aa_mails "$dir" carl INBOX 8
aa_test_start

# client NAME ADDRESS ACCOUNT COMMAND…: its output in $dir/NAME
client() {
	local name=$1 ip=$2 account=$3
	shift 3
	imapload --session-id "$name" --rip "$ip" --client "${id:-Harvester/2}" 127.0.0.1 \
		"$aa_imap_port" "$account" "$aa_password" "$@" >"$dir/$name" 2>&1 || :
}
# got NAME ACCOUNT MAILBOX REGEX: "ACCOUNT MAILBOX UID" of what a client was given.
got() {
	awk -v at="$2 $3" -v item="$4" '$1 == "fetch" && $3 ~ item { print at, $2 }' "$dir/$1"
}
# scope PYTHON ARGUMENT…: with the rows of each word as what("word").
scope() {
	local expression=$1
	shift
	"$dir/doveadm" -f json audit scope "$@" >"$dir/out" 2>"$dir/err" || :
	python3 - "$dir/out" "$expression" <<-'END'
	import json, sys
	rows = json.load(open(sys.argv[1], encoding="utf-8"))
	what = lambda name: [row for row in rows if row["what"] == name]
	def expand(uids):
	    for part in filter(None, (uids or "").split(",")):
	        first, _, last = part.partition(":")
	        yield from range(int(first), int(last or first) + 1)
	def given(*kinds):
	    return sorted({(row["owner"], row["mailbox"], uid) for row in what("read")
	                   if row["kind"] in kinds for uid in expand(row["uids"])})
	def unread(owner, box):
	    return [uid for row in what("unread") if row["owner"] == owner
	            and row["mailbox"] == box for uid in expand(row["uids"])]
	def client(name):
	    with open(name) as file:
	        return sorted({(a, b, int(u)) for a, b, u in map(str.split, file)})
	if not eval("(" + sys.argv[2] + ")"):
	    print("#", json.dumps(rows)[:3000])
	    sys.exit(1)
	END
}
within_scope() {
	aa_within 10 scope "$@" >"$dir/last-look" || { tail -1 "$dir/last-look"; return 1; }
}

client thief-1 $thief_ip anna "SELECT INBOX" "UID FETCH 5:9,30 BODY.PEEK[]" \
	"UID FETCH 7,31:33 (BODY.PEEK[1] BODY.PEEK[TEXT])"
client thief-2 $thief_ip anna "SELECT INBOX" "UID FETCH 8:11 BODY.PEEK[]"
client thief-3 $thief_ip anna "SELECT Archive/2025" "UID FETCH 2,4:12 BODY.PEEK[]" \
	"UID FETCH 1:12 (FLAGS ENVELOPE)"
client thief-4 $thief_ip carl "SELECT INBOX" "UID FETCH 3 BODY.PEEK[]"
imapload --pop3 --session-id thief-5 --rip $thief_ip 127.0.0.1 "$aa_pop3_port" ben \
	"$aa_password" "RETR 2" "RETR 3" "RETR 15" "TOP 7 0" >"$dir/thief-5" 2>&1 || :
id=Thunderbird/128 client owner $home anna "SELECT INBOX" "UID FETCH 1:40 BODY.PEEK[]"
{
	got thief-1 anna INBOX '^BODY\\[(TEXT)?\\]'
	got thief-2 anna INBOX '^BODY\\[\\]'
	got thief-3 anna Archive/2025 '^BODY\\[\\]'
	got thief-4 carl INBOX '^BODY\\[\\]'
	got thief-5 ben INBOX '^RETR'
} >"$dir/bodies"
got thief-1 anna INBOX '^BODY\\[1\\]' >"$dir/parts"
check "the clients wrote what they were sent" [ "$(sort -u "$dir/bodies" | wc -l)" -ge 20 ]
check "bodies of the source, over three accounts, uid by uid" within_scope \
	'given("body") == client("'"$dir/bodies"'")' $thief_ip
check "… parts" within_scope 'given("part") == client("'"$dir/parts"'") and given("part")' $thief_ip
check "… its prefix says the same" scope 'given("body") == client("'"$dir/bodies"'")' 198.51.100.0/24
check "… its client" scope '("ben", "INBOX", 2) not in given("body") and given("body") ==
	[each for each in client("'"$dir/bodies"'") if each[0] != "ben"]' Harvester/3
check "… a session alone" within_scope 'given("body") == [("anna", "INBOX", uid)
	for uid in (8, 9, 10, 11)]' thief-2
check "… the account has the owner's, too" within_scope \
	'len(given("body")) == 40 + 10' anna
check "messages are listed once, whatever kinds they were read in" scope \
	'len(what("message")) == len(set(given("body") + given("part"))) and
	[row["kind"] for row in what("message") if row["mailbox"] == "INBOX" and
	 row["owner"] == "anna" and row["uids"] == "7"] == ["body part"]' $thief_ip --messages all
"$dir/doveadm" audit scope $thief_ip >"$dir/table" 2>/dev/null
check "a table of several accounts says whose INBOX it is" grep -qE \
	'^read +INBOX +ben +body +2:3,15 ' "$dir/table"
check "what was not read of a mailbox" scope 'unread("anna", "INBOX") ==
	[1, 2, 3, 4] + list(range(12, 30)) + list(range(34, 41))' $thief_ip
check "… nor of another" scope 'unread("anna", "Archive/2025") == [1, 3]' $thief_ip
check "… that nobody has touched" scope 'unread("anna", "Drafts") == [1, 2, 3]' $thief_ip
check "… by POP3" scope 'unread("ben", "INBOX") == [1] + list(range(4, 15))' $thief_ip
check "how much of it" scope '[(row["messages"], row["mailbox_messages"], row["still_there"])
	for row in what("read") if row["mailbox"] == "Archive/2025" and row["kind"] == "body"]
	== [(10, 12, 10)]' $thief_ip
check "sender and subject are looked up" scope 'all(row["subject"] and "@" in row["from"]
	and row["size"] for row in what("message"))' $thief_ip --with-headers
check "… only if asked for" scope 'not any(row["subject"] for row in what("message"))' $thief_ip
check "the record alone" scope 'what("unread") == [] and given("body") ==
	client("'"$dir/bodies"'")' $thief_ip --record-only

"$dir/doveadm" expunge -u anna mailbox INBOX uid 8
"$dir/doveadm" mailbox delete -u anna Archive/2025
check "a message that was deleted keeps its name, and says so" scope '[row["note"]
	for row in what("message") if row["owner"] == "anna" and row["uids"] == "8" and
	row["message_id"] and row["mailbox"] == "INBOX"] == ["no longer in the mailbox"]' $thief_ip
check "… and so does a mailbox" scope '{row["note"] for row in what("message")
	if row["mailbox"] == "Archive/2025" and row["message_id"]} == {"the mailbox is gone"} and
	len([1 for row in what("message") if row["mailbox"] == "Archive/2025"]) == 10' $thief_ip
check "a period" scope 'what("read") == []' $thief_ip --since 1s --until 0s
check "an unknown source" eval '! "$dir/doveadm" audit scope 203.0.113.99 2>"$dir/err" &&
	grep -q "no session from such an address" "$dir/err"'

# --- who looked ---

"$dir/doveadm" audit scope --by inspector anna >/dev/null 2>&1
inquiries() {
	"$dir/doveadm" -f json audit inquiries >"$dir/out"
	python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$dir/out" "$1"
}
check "who looked is on record" aa_within 10 inquiries \
	'[(row["made_by"], row["verb"], row["about"], row["rows"]) for row in rows][0] ==
	("inspector", "scope", "anna", 50)'
check "… with the login of whoever gave no name" inquiries \
	'"'"$(logname 2>/dev/null || id -un)"'" in {row["made_by"] for row in rows}'
"$dir/doveadm" audit inquiries >"$dir/table" 2>/dev/null
check "… in a table, too" grep -qE ' inspector +scope +anna +50 *$' "$dir/table"
check "… and in the log" grep -q "access-audit: inquiry verb=scope by=inspector about=anna rows=50" \
	"$dir/log/dovecot.log"
"$dir/doveadm" audit pivot --by "$(printf 'x\033[2J')" "$(printf 'y\033z')" >/dev/null 2>&1 || :
"$dir/doveadm" audit pivot --by "$(printf 'x\033[2J')" $thief_ip >/dev/null 2>&1 || :
check "a hostile name is kept, and not obeyed" eval '
	aa_within 10 aa_holds "$dir" "SELECT count(*) = 1 FROM v_inquiry
		WHERE made_by = char(120, 27) || \"[2J\"" &&
	! "$dir/doveadm" audit inquiries | grep -q "$(printf "\033")"'
aa_dovecot_stop "$dir"
"$dir/doveadm" -f json audit scope --record-only $thief_ip >"$dir/out" 2>"$dir/err"
check "without the service the report comes all the same" grep -q '"what":"read"' "$dir/out"
check "… with a warning that nobody will know" grep -q "inquiry not recorded verb=scope" "$dir/err"
check "the log is clean" log_is_clean
exit "$aa_failed"
