#!/usr/bin/env bash
# test-service.sh VERSION [TEST…]
#
# The service alone, without plugins: scripted peers speak the line protocol as
# mail processes would, or break it (service_test.py has the stories).
# Wants what aa_build VERSION has built.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"

version=$1
shift
dir=$AA_BUILD/test-service-$version
trap 'aa_dovecot_stop "$dir"' EXIT

POLICY_PORT=$(aa_free_port)
export POLICY_PORT
case $version in
2.3) address=address ;;
*) address=listen ;;
esac

# metric EVENT [CONDITION]: counted by Dovecot itself.
metric() {
	cat <<-END
	metric $1 {
	  filter = event=$1 ${2:-}
	}
	END
}

# A relay is a child of the master with a uid of its own.
relay() {
	cat <<-END
	service $1 {
	  executable = $dir/peer-relay $dir/base/access-audit
	  user = $2
	  unix_listener $1 {
	    mode = 0600
	  }
	}
	END
}

# place 2 and device 1 as soon as both are new, so that it is the 17th message of
# old mail that is shown and the 30th that stops: 3 + 1.6 × ln(1 + 30 / 3) > 6.8.
policy() {
	cat <<-END
	flag_at = 6
	stop_at = 6.8
	slope = 1.6
	scale = 3
	place_max = 2
	device_max = 1
	cross_max = 0
	site_learn_days = 3
	[group calm]
	accounts = calm-*
	stop_at = 100
	flag_at = 100
	END
}

aa_plain=1
aa_dovecot_new "$version" "$dir" human <<END
access_audit_mode = enforce
access_audit_database = $dir/db/audit.sqlite
access_audit_geo_databases = $dir/geo.mmdb
access_audit_learn_days = 3
access_audit_learn_sessions = 3
access_audit_place_days = 2
access_audit_policy_file = $dir/policy
access_audit_lease = 10
access_audit_campaign_accounts = 64
access_audit_policy_key = test-policy-key-0001
auth_policy_server_url = http://127.0.0.1:$POLICY_PORT/
auth_policy_server_api_header = X-API-Key: test-policy-key-0001
auth_policy_hash_nonce = salt
service access-audit {
  inet_listener access-audit-policy {
    $address = 127.0.0.1
    port = $POLICY_PORT
  }
}
$(relay relay-one mail)
$(relay relay-two games)
$(metric access_audit_login)
$(metric access_audit_read)
$(metric access_audit_verdict 'AND action=stop AND country=RU')
$(metric access_audit_gap)
END
policy >"$dir/policy"
cp "$AA_BUILD/$version/tests/tools/peer-relay" "$dir"
aa_dovecot_start "$dir" || {
	cat "$dir/log/start" >&2
	aa_die "Dovecot $version does not start"
}
failed=0
IMAP_PORT=$aa_imap_port PASSWORD=$aa_password \
	timeout 600 python3 -B "$(dirname "$0")/service_test.py" "$dir" "$@" || failed=1
aa_dovecot_stop "$dir"
# The kills, the lock on the database and the bad policy are the tests' own.
if grep -vE "killed with signal 9$|database is locked|startup failed|policy: line 2|returned error 89" "$dir/log/dovecot.log" |
		grep -E "Panic|Fatal|assert|Error"; then
	aa_say "not ok - no panic in the log"
	failed=1
else
	aa_say "ok - no panic in the log"
fi
exit $failed
