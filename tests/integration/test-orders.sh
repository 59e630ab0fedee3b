#!/usr/bin/env bash
# test-orders.sh VERSION: what an admin orders, with real clients: every verb, on the
# command line and over HTTP, and what becomes of it while the service is down.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
AA_HTTP_PORT=$(aa_free_port)
export AA_HTTP_PORT
aa_test_dovecot orders anna@example.org ben@example.org carl@example.org \
	dora@example.org erin@example.org fred@example.org gina@example.org \
	hugo@example.org <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $AA_BUILD/run/orders-$version/policy
imap_hibernate_timeout = 1s
mail_max_userip_connections = 50
doveadm_password = secret
service doveadm {
  inet_listener http {
    port = $AA_HTTP_PORT
  }
}
service imap {
  unix_listener imap-master {
    user = dovecot
  }
}
service imap-hibernate {
  unix_listener imap-hibernate {
    mode = 0666
  }
}
END
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
for account in anna dora erin fred gina hugo; do
	aa_mails "$dir" $account@example.org INBOX 60 5 48
done
aa_mails "$dir" ben@example.org Many 20000 1
aa_mails "$dir" ben@example.org Huge 2 200000
aa_test_start
AA_PART=before aa_python orders.py
aa_dovecot_stop "$dir"
echo "access_audit_lock_on_confirm = yes" >>"$dir/extra.conf"
aa_test_start
AA_PART=after aa_python orders.py

# --- while the service is down ---

aa_dovecot_stop "$dir"
while read -r verb arguments; do
	code=0
	# shellcheck disable=SC2086
	"$dir/doveadm" audit $verb $arguments >"$dir/out" 2>&1 </dev/null || code=$?
	check "$verb while the service is down: exit 69" [ $code = 69 ]
	check "… and what to do" grep -q "does not run" "$dir/out"
done <<'END'
kick anna@example.org
lock anna@example.org
unlock anna@example.org
allow anna@example.org
travel --country IT --for 1d anna@example.org
travel --remove anna@example.org
test --ip 192.0.2.1 anna@example.org
accept AA-1
confirm AA-1
incidents close AA-1
incidents reopen AA-1
END
check "no error in the log" log_is_clean "killed with signal 9"
exit "$aa_failed"
