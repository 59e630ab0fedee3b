#!/usr/bin/env bash
# test-damage.sh VERSION: the database and the geo file are missing, unusable, full
# or changed. Mail flows, status and log say what to do, what can heal heals.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
account=anna@example.org
aa_test_dovecot damage "$account" </dev/null
aa_mails "$dir" "$account" INBOX 10

as_service() { "$AA_TOOLS/inside" "$version" run chown dovecot: "$@"; }
read_all() {
	imapload --session-id "$1" --rip 192.0.2.9 127.0.0.1 "$aa_imap_port" \
		"$account" "$aa_password" "SELECT INBOX" \
		"UID FETCH 1:* BODY.PEEK[]" >"$dir/$1" 2>&1 || :
}
got_all() { grep -q "^total messages=10 " "$dir/$1"; }
status_says() { "$dir/doveadm" audit status 2>&1 | grep -qiE -- "$1"; }
log_says() { grep -E 'access-audit' "$dir/log/dovecot.log" | grep -qiE -- "$1"; }

# degraded NAME STATUS LOG: how it is while something is wrong
degraded() {
	read_all "$1"
	check "$1: mail is read" got_all "$1"
	check "$1: status says so" aa_within 10 status_says "$2"
	check "$1: and the log, what to do" aa_within 5 log_says "$3"
}
# heals NAME: nothing that a client got is lost, and no restart was needed
heals() {
	check "$1: then the record is complete" exact "$1" "$dir/$1"
	read_all "$1-after"
	check "$1: and goes on" exact "$1-after" "$dir/$1-after"
}
restart() {
	aa_dovecot_stop "$dir"
	rm -f "$dir/log/dovecot.log"
	aa_dovecot_start "$dir"
}

# --- the directory of the database ---

rm -rf "$dir/db"
aa_test_start
read_all directory-missing
check "directory-missing: mail is read" got_all directory-missing
check "directory-missing: it was made" exact directory-missing "$dir/directory-missing"
check "directory-missing: for the service alone" \
	[ "$(stat -c %a "$dir/db")" = 700 ]

install -d -m 555 -o root "$dir/sealed"
mv "$dir/db" "$dir/db.away"
mv "$dir/sealed" "$dir/db"
restart
degraded directory-not-writable 'degraded|permission|not writable' \
	'permission|not writable|writable'
chmod 750 "$dir/db"
as_service "$dir/db"
heals directory-not-writable

# --- the file ---

aa_dovecot_stop "$dir"
rm -f "$dir/db"/*
printf 'this is no database, only text that stands where one should be\n%.0s' {1..100} \
	>"$dir/db/audit.sqlite"
as_service "$dir/db/audit.sqlite"
sum=$(cksum <"$dir/db/audit.sqlite")
restart
degraded not-a-database 'not a database|degraded' 'not a database'
# A test is a row, and has no id that others have.
"$dir/doveadm" audit notify-test >"$dir/notify-test" 2>&1 || :
check "not-a-database: notify-test says why it tells nobody" \
	grep -q "database cannot be read now" "$dir/notify-test"
check "not-a-database: the file was left alone" \
	[ "$sum" = "$(cksum <"$dir/db/audit.sqlite")" ]
rm "$dir/db/audit.sqlite"
heals not-a-database

aa_dovecot_stop "$dir"
rm -f "$dir/db"/*
sqlite3 "$dir/db/audit.sqlite" ".read $AA_TOP/sql/schema.sql" \
	"PRAGMA user_version = 9999"
as_service "$dir/db/audit.sqlite"
restart
degraded newer 'newer|later version' 'newer|later version'
rm "$dir/db"/*
heals newer

# --- the disk ---

aa_dovecot_stop "$dir"
rm -f "$dir/db"/*
mount -t tmpfs -o size=3m tmpfs "$dir/db"
trap 'aa_dovecot_stop "$dir"; umount "$dir/db"' EXIT
chmod 750 "$dir/db"
as_service "$dir/db"
restart
read_all before-full
check "disk full: before, the record is exact" exact before-full "$dir/before-full"
dd if=/dev/zero of="$dir/db/fill" bs=4096 2>/dev/null || :
degraded disk-full 'full|degraded' 'full|no space'
for _ in 1 2 3; do read_all disk-full-more; done
rm "$dir/db/fill"
heals disk-full
check "disk full: what was acknowledged before is still there" \
	exact before-full "$dir/before-full"
check "no panic in the log" log_is_clean 'access-audit'
aa_dovecot_stop "$dir"
umount "$dir/db"
trap 'aa_dovecot_stop "$dir"' EXIT
as_service "$dir/db"
rm -f "$dir/db"/*

# --- the geo file ---

place_of() {
	aa_within 10 aa_holds "$dir" "SELECT coalesce(max(country), '') = '$2'
		AND max(network) = '$3' FROM v_session WHERE session = '$1'"
}
# The service looks once a minute; a reload is quicker.
restart
read_all geo-there
check "geo: country and network" place_of geo-there FR AS64496
mv "$dir/geo.mmdb" "$dir/geo.away"
restart
read_all geo-missing
check "geo missing: mail is read, and recorded with the prefix" \
	place_of geo-missing "" 192.0.2.0/24
check "geo missing: the log says which file" log_says "geo.mmdb"
check "geo missing: status says so" status_says "geo.mmdb"
head -c 700 "$dir/geo.away" >"$dir/geo.mmdb"
restart
read_all geo-truncated
check "geo truncated: mail is read, and recorded with the prefix" \
	place_of geo-truncated "" 192.0.2.0/24
check "geo truncated: the log says which file" log_says "geo.mmdb"
cp "$dir/geo.away" "$dir/geo.mmdb"
restart
: >"$dir/geo.mmdb"
read_all geo-emptied
check "geo emptied while in use: the old one serves on" \
	place_of geo-emptied FR AS64496
check "geo: the service was not killed" log_is_clean 'access-audit: geo'
exit "$aa_failed"
