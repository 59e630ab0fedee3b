#!/usr/bin/env bash
# bench-policy.sh VERSION [SECONDS]: bench-policy against a service that has 10,000
# blocks in force, half of them made by a person, half by a rule, each of another
# account; each account knows 22 places and clients. Wants what aa_build VERSION
# has built. On a machine that has other work: chrt -f 5 bench-policy.sh …
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"

version=$1 seconds=${2:-20}
dir=$AA_BUILD/run/bench-policy-$version
key=bench-policy-key-0001
trap 'aa_dovecot_stop "$dir"' EXIT
case $version in
2.3)
	at=$(aa_free_port)
	listener="inet_listener access-audit-policy {
	    address = 127.0.0.1
	    port = $at
	  }" ;;
*)
	at=$dir/base/access-audit-policy
	listener="unix_listener access-audit-policy {
	    mode = 0600
	  }" ;;
esac
aa_dovecot_new "$version" "$dir" bench <<END
access_audit_mode = enforce
access_audit_policy_key = $key
service access-audit {
  $listener
}
END
aa_dovecot_start "$dir"
aa_within 10 aa_holds "$dir" "SELECT 1"
aa_dovecot_stop "$dir"
sqlite3 "$dir/db/audit.sqlite" <<'END'
BEGIN;
CREATE TEMP TABLE n AS
	WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
	SELECT i FROM n;
INSERT INTO block (account, network, client, from_ms, until_ms, made_by)
SELECT	CASE i % 2 WHEN 0 THEN 'blocked' ELSE 'ruled' END || i || '@example.org',
	'AS64500', '*', unixepoch() * 1000, unixepoch() * 1000 + 86400000,
	CASE i % 2 WHEN 0 THEN 'root' ELSE 'rule bulk-read' END
FROM n;
INSERT INTO account (name, first_ms, last_ms, sessions, uid_known, uid)
SELECT account, from_ms - 86400000 * 90, from_ms, 100, 0, 0 FROM block;
INSERT INTO known (account_id, what, name, days, first_day, last_day)
SELECT	account.id, n.i % 4, 'name' || n.i, 9, 20000, 20700
FROM account JOIN n ON n.i < 22;
COMMIT;
END
chown -R --reference="$dir/db" "$dir/db"
aa_dovecot_again "$dir"
blocks_known() { "$dir/doveadm" audit status | grep -q '10000 blocks'; }
aa_within 20 blocks_known || aa_die "the service does not know the blocks"
aa_in_tree "$version" make -s tests/bench/bench-policy >/dev/null
timeout 120 "$AA_TOOLS/inside" "$version" run \
	"$AA_BUILD/$version/tests/bench/bench-policy" "$at" "$key" "$seconds"
