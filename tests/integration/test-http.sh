#!/usr/bin/env bash
# test-http.sh VERSION: every verb of doveadm audit over doveadm's HTTP API (http_verbs.py
# has the table). Which verbs there are, Dovecot's own list says.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7
AA_HTTP_PORT=$(aa_free_port)
export AA_HTTP_PORT
aa_test_dovecot http anna bob carl <<END
doveadm_password = secret
service doveadm {
  inet_listener http {
    port = $AA_HTTP_PORT
  }
}
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $AA_BUILD/run/http-$version/policy
access_audit_notify_exec = /bin/true
access_audit_canary_templates = $AA_BUILD/run/http-$version/canary
END
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
cp -r "$AA_TOP/share/canary" "$dir/canary"
for account in anna bob carl; do
	aa_mails "$dir" $account INBOX 60 5 48
done
aa_test_start
client() { # NAME ACCOUNT ADDRESS CLIENT COMMAND
	imapload --timeout 60 --session-id "$1" --rip "$3" --client "$4" \
		127.0.0.1 "$aa_imap_port" "$2" "$aa_password" \
		"SELECT INBOX" "$5" >"$dir/$1" 2>&1 || :
}
for account in anna bob carl; do
	client "home-$account" $account $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done
for account in anna bob; do
	client "thief-$account" $account $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"
done
aa_within 10 aa_holds "$dir" "SELECT count(*) = 2 FROM v_block_active" ||
	not_ok "two thieves are blocked"
export AA_TABLE=$AA_TOP/plugin/doveadm/doveadm-audit-plugin.c
aa_python http_verbs.py
check "no panic in the log" log_is_clean 'doveadm.127.0.0.1.: Error: '
exit "$aa_failed"
