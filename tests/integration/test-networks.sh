#!/usr/bin/env bash
# test-networks.sh VERSION: lists of networks give a session its class and its
# evidence, and are read again while the service runs; an address that most
# accounts come from is recognised.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 server=198.51.100.7 webmail=203.0.113.80
dir=$AA_BUILD/run/networks-$version
aa_test_dovecot networks anna bob carl dora <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $dir/policy
access_audit_network_lists = $dir/networks $dir/more
END
cat >"$dir/policy" <<END
account_grace_days = 0
site_learn_days = 0
learn_days = 0
learn_sessions = 0
END
# list FILE: replaces a list of networks, as a cron job would.
list() {
	cat >"$dir/new-list"
	chmod 644 "$dir/new-list"
	mv "$dir/new-list" "$dir/$1"
}
list networks <<END
# ours
198.51.100.0/24	hosting	2026-11-25, rented servers
END
list more <<END
198.51.0.0/16	residential
END
for account in anna bob carl dora; do
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
class_is() { # NAME CLASS
	aa_within 10 aa_holds "$dir" "SELECT net_class = '$2' FROM v_session
		WHERE session = '$1'"
}
audit() { timeout 60 "$dir/doveadm" audit "$@" 2>&1 </dev/null; }
# says TEXT ARGUMENT…: doveadm audit prints it
says() {
	local text=$1
	shift
	audit "$@" >"$dir/out" || :
	grep -qF -- "$text" "$dir/out" || {
		aa_say "# $(head -c 900 "$dir/out")"
		return 1
	}
}
# logged COUNT TEXT
logged() { [ "$(grep -cF -- "$2" "$dir/log/dovecot.log")" -ge "$1" ]; }

check "the lists are read at the start" logged 1 \
	"list of networks $dir/networks in use: 1 networks"
for account in anna bob carl dora; do
	client "home-$account" $account $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done
check "an address on no list has no class" class_is home-anna unknown

client thief anna $server "Harvester/1" "UID FETCH 1:50 BODY.PEEK[]"
check "the smallest network says the class" class_is thief hosting
check "the thief on the rented server is stopped" aa_within 10 aa_holds "$dir" \
	"SELECT action = 'stop' FROM v_session WHERE session = 'thief'"
check "… and why says what kind of server" \
	says "network-class: network of class hosting" why thief

check "… account says it of its sessions" says ", hosting), unfamiliar" account anna
sessions_class() {
	"$dir/doveadm" -f tab audit sessions anna </dev/null | awk -F '\t' '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == "net_class") class = i }
		$4 == "thief" { print $class }'
}
check "… and sessions in a column" [ "$(sessions_class)" = hosting ]

list networks <<END
# ours
198.51.100.0/24	hosting	2026-11-25, rented servers
198.51.100.7	vpn	2026-11-26, and one that everybody may rent
END
check "a changed list is in use within a minute or so" aa_within 100 logged 1 \
	"list of networks $dir/networks in use: 2 networks"
check "… which is not told of the one that did not change" \
	[ "$(grep -cF "list of networks $dir/more in use" "$dir/log/dovecot.log")" = 1 ]
client vpn bob $server "Mail/1" "UID FETCH 60 BODY.PEEK[]"
check "… by the next session, without a restart" class_is vpn vpn

list networks <<END
# ours
198.51.100.0/24	hosting
198.51.100.7	vpm
END
check "a broken line is a warning that names it" aa_within 100 logged 1 \
	"list of networks $dir/networks: line 3: no class of networks: 'vpm'"
check "… in the log as a warning" grep -q "Warning: access-audit: list of networks" \
	"$dir/log/dovecot.log"
check "status names it, too" says "networks: loaded, 2 networks: line 3:" status
client still carl $server "Mail/1" "UID FETCH 60 BODY.PEEK[]"
check "what was read before stays in use" class_is still vpn

# Three days of a dozen people and a webmail that does not say who they are.
now=$(date +%s)
for day in 3 2 1; do
	for i in $(seq 13); do
		printf '%s\tuser%s\t%s\troundcube\tINBOX\t%032x\t1\t-\t0\n' \
			$((now - day * 86400 + i)) "$i" $webmail "$i"
	done
done >"$dir/sessions"
timeout 120 "$AA_TOOLS/inside" "$version" run \
	"$AA_BUILD/$version/tests/tools/history" "$dir/base/access-audit-admin" \
	<"$dir/sessions" >"$dir/history" || cat "$dir/history"
check "status names an address that most accounts come from" \
	says "$webmail: 13 of 13 accounts come from here" status
check "… and how to pass on the client's" says "login_trusted_networks = $webmail" status
client web dora $webmail "Harvester/1" "UID FETCH 1:50 BODY.PEEK[]"
check "where such a session comes from is not judged" aa_within 10 aa_holds "$dir" \
	"SELECT standing = 'familiar' AND action <> 'stop' AND end_ms IS NOT NULL
	FROM v_session WHERE session = 'web'"
client next bob 203.0.113.81 "Harvester/1" "UID FETCH 1 BODY.PEEK[]"
check "where the next one comes from is" aa_within 10 aa_holds "$dir" \
	"SELECT standing = 'unfamiliar' FROM v_session WHERE session = 'next'"
check "no panic in the log" log_is_clean
exit "$aa_failed"
