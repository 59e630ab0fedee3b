#!/usr/bin/env bash
# test-refusal.sh VERSION: who is refused at LOGIN, through Dovecot's auth, by
# IMAP, POP3, submission and ManageSieve, while the owner goes on (refusal.py has
# the stories). The configuration is that of examples/.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
dir=$AA_BUILD/run/refusal-$version
policy_port=$(aa_free_port)

# Addresses come from a proxy: the same way for each protocol.
listener() { # SERVICE PORT
	cat <<-END
	service $1 {
	  inet_listener proxied-$1 {
	    port = $2
	    haproxy = yes
	  }
	}
	END
}
imap_port=$(aa_free_port) pop3_port=$(aa_free_port)
submission_port=$(aa_free_port) sieve_port=$(aa_free_port)
relay_port=$(aa_free_port)

more_2.3() {
	cat <<-END
	protocols = imap pop3 submission sieve
	# Dovecot's own penalty of failed logins would take most of the time.
	service anvil {
	  unix_listener anvil-auth-penalty {
	    mode = 0
	  }
	}
	END
}
more_2.4() {
	cat <<-END
	protocols {
	  submission = yes
	  sieve = yes
	}
	END
}

# The example, with a key and a place of this test's own.
policy() {
	sed -e 's/CHANGE-ME-0123456789/test-policy-key-0001/' \
		-e "s/4001/$policy_port/" -e "s|/run/dovecot/|$dir/base/|" \
		"$AA_TOP/examples/dovecot-$version-policy.conf"
}

aa_test_dovecot refusal anna ben cleo dora emil thea <<END
access_audit_mode = enforce
access_audit_allow_networks = 198.51.100.99
haproxy_trusted_networks = 127.0.0.0/8
auth_failure_delay = 0
hostname = mail.example.org
submission_relay_host = 127.0.0.1
submission_relay_port = $relay_port
submission_relay_trusted = yes
$("more_$version")
$(listener imap-login "$imap_port")
$(listener pop3-login "$pop3_port")
service submission-login {
  inet_listener submission {
    port = 0
  }
  inet_listener submissions {
    port = 0
  }
}
$(listener submission-login "$submission_port")
service managesieve-login {
  inet_listener sieve {
    port = 0
  }
}
$(listener managesieve-login "$sieve_port")
metric delayed {
  filter = event=auth_request_finished AND policy_result=delayed
}
$(policy)
END
for account in anna ben cleo dora emil thea; do
	aa_mails "$dir" $account INBOX 3
done
aa_test_start
export IMAP_PORT=$imap_port POP3_PORT=$pop3_port SIEVE_PORT=$sieve_port
export SUBMISSION_PORT=$submission_port RELAY_PORT=$relay_port
export POLICY_AT=$([ "$version" = 2.3 ] && echo "$policy_port" ||
	echo "$dir/base/access-audit-policy")
aa_python refusal.py
check "no error in the log" log_is_clean "Policy server HTTP error: Absolute request timeout|killed with signal 9"
exit "$aa_failed"
