#!/usr/bin/env bash
# test-fingerprint.sh VERSION: thieves who do not name their client, from all over one
# network, are one campaign by the fingerprint of their TLS, which 2.3 does not tell.
# Only Dovecot 2.4.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
TLS_PORT=$(aa_free_port)
export TLS_PORT
aa_campaign_accounts=3
aa_test_dovecot fingerprint anna bob carl dora erin fred <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $AA_BUILD/run/fingerprint-$version/policy
ssl = yes
ssl_server_cert_file = $AA_BUILD/run/fingerprint-$version/tls.crt
ssl_server_key_file = $AA_BUILD/run/fingerprint-$version/tls.key
service imap-login {
  inet_listener tls {
    port = $TLS_PORT
    ssl = yes
  }
}
END
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=localhost" \
	-keyout "$dir/tls.key" -out "$dir/tls.crt" >"$dir/openssl" 2>&1
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
for account in anna bob carl dora erin fred; do
	aa_mails "$dir" $account INBOX 60 5 48
done
aa_test_start
for account in anna bob carl dora erin fred; do
	imapload --timeout 60 --session-id "home-$account" --rip 192.0.2.9 --client Mail/1 \
		127.0.0.1 "$aa_imap_port" $account "$aa_password" "SELECT INBOX" \
		"UID FETCH 58:60 BODY.PEEK[]" >"$dir/home-$account" 2>&1 || :
done
aa_python fingerprint.py
check "no error in the log" log_is_clean
exit "$aa_failed"
