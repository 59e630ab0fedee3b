#!/usr/bin/env bash
# test-clients.sh VERSION: clients that nobody here wrote, each with an account of
# its own; what they got is what the database says.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
domain=example.org
names="imaplib poplib curl curlpop mbsync fetchmail fetchpop mutt"
# shellcheck disable=SC2046,SC2086
aa_test_dovecot clients $(printf "%s@$domain " $names) </dev/null
for name in $names; do
	aa_mails "$dir" "$name@$domain" INBOX 12
done
aa_mails "$dir" "mbsync@$domain" Folder 5
aa_test_start
home=$dir/home
mkdir -p "$home/Mail"
export HOME=$home AA_PASSWORD="$aa_password" AA_IMAP_PORT="$aa_imap_port" \
	AA_POP3_PORT="$aa_pop3_port"

# rows ACCOUNT: "MAILBOX KIND UIDS BYTES" of all its sessions, once they are over.
rows() {
	aa_within 10 aa_holds "$dir" "SELECT count(*) > 0 AND sum(open) = 0
		FROM v_session WHERE account = '$1@$domain'" || :
	aa_sql "$dir" "SELECT mailbox || ' ' || kind || ' ' || uids || ' ' || bytes
		FROM v_read WHERE account = '$1@$domain' ORDER BY mailbox, kind, session_row"
}
# holds ACCOUNT LINE: a row is there.
holds() {
	rows "$1" >"$dir/rows"
	grep -qxE -- "$2" "$dir/rows" || { sed 's/^/# has: /' "$dir/rows"; return 1; }
}
received() { grep -hc "^Message-ID:" "$1" | awk '{ n += $1 } END { print n + 0 }'; }

# --- Python's imaplib and poplib ---

for name in imaplib:imap poplib:pop3; do
	python3 "$AA_TOP/tests/integration/stdlib_clients.py" "${name#*:}" \
		"${name%:*}@$domain" >"$dir/got"
	while read -r kind uids bytes; do
		check "${name%:*}: $kind $uids, $bytes bytes" \
			holds "${name%:*}" "INBOX $kind $uids $bytes"
	done <"$dir/got"
done

# --- curl ---

curl -s -u "curl@$domain:$aa_password" -o "$dir/curl.eml" \
	"imap://127.0.0.1:$aa_imap_port/INBOX;UID=3"
check "curl: message 3 by IMAP, its bytes" \
	holds curl "INBOX body 3 $(wc -c <"$dir/curl.eml")"
curl -s -u "curlpop@$domain:$aa_password" -o "$dir/curl.eml" \
	"pop3://127.0.0.1:$aa_pop3_port/4"
check "curl: message 4 by POP3, its bytes" \
	holds curlpop "INBOX body 4 $(wc -c <"$dir/curl.eml")"
before=$(rows curlpop | wc -l)
curl -s -u "curlpop@$domain:$aa_password" "pop3://127.0.0.1:$aa_pop3_port/" \
	>"$dir/curl.list"
check "curl: a POP3 list is no read" [ "$(rows curlpop | wc -l)" = "$before" ]

# --- mbsync ---

mkdir -p "$home/mbsync"
cat >"$home/.mbsyncrc" <<END
IMAPAccount test
Host 127.0.0.1
Port $aa_imap_port
User mbsync@$domain
Pass $aa_password
SSLType None
AuthMechs LOGIN

IMAPStore far
Account test

MaildirStore near
Path $home/mbsync/
Inbox $home/mbsync/INBOX

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync Pull
END
timeout 60 mbsync -c "$home/.mbsyncrc" all >"$dir/mbsync.out" 2>&1 || :
got=$(find "$home/mbsync" -type f -path '*/INBOX/*' -name '*,*' | wc -l)
check "mbsync: INBOX, $got of 12 messages" holds mbsync "INBOX body 1:12 [0-9]+"
check "mbsync: another folder" holds mbsync "Folder body 1:5 [0-9]+"
check "mbsync: got what was there" [ "$got" = 12 ]

# --- fetchmail ---

# fetch ACCOUNT PROTOCOL PORT
fetch() {
	: >"$dir/$1.got"
	printf '#!/bin/sh\ncat >>"%s"\n' "$dir/$1.got" >"$home/mda"
	chmod +x "$home/mda"
	(umask 077 && cat >"$home/.fetchmailrc" <<-END
	poll 127.0.0.1 protocol $2 port $3 user "$1@$domain" password "$aa_password"
	  sslproto '' keep fetchall mda "$home/mda"
	END
	)
	timeout 60 fetchmail -f "$home/.fetchmailrc" --nosyslog \
		>"$dir/$1.out" 2>&1 || :
}
fetch fetchmail imap "$aa_imap_port"
check "fetchmail: $(received "$dir/fetchmail.got") messages by IMAP" \
	holds fetchmail "INBOX body 1:$(received "$dir/fetchmail.got") [0-9]+"
fetch fetchpop pop3 "$aa_pop3_port"
check "fetchmail: $(received "$dir/fetchpop.got") messages by POP3" \
	holds fetchpop "INBOX body 1:$(received "$dir/fetchpop.got") [0-9]+"
check "fetchmail: got what was there" [ "$(received "$dir/fetchpop.got")" = 12 ]

# --- mutt ---

cat >"$home/.muttrc" <<END
set ssl_starttls=no ssl_force_tls=no imap_passive=no
set imap_user="mutt@$domain" imap_pass="$aa_password"
set pipe_decode=no wait_key=no
folder-hook . 'push "<jump>2<enter><pipe-message>cat >$dir/mutt.eml<enter><quit>"'
END
TERM=xterm timeout 60 script -qec \
	"mutt -n -F $home/.muttrc -f imap://127.0.0.1:$aa_imap_port/INBOX -z" \
	"$dir/mutt.tty" >"$dir/mutt.out" 2>&1 </dev/null || :
check "mutt: drew its list from header fields" holds mutt "INBOX fields 1:12 [0-9]+"
check "mutt: piped message 2, which was read" holds mutt "INBOX body 2 [0-9]+"
check "mutt: and really got it" grep -q "message 2 in INBOX" "$dir/mutt.eml"

check "no error in the log" log_is_clean
exit "$aa_failed"
