#!/usr/bin/env bash
# test-ways.sh VERSION: the many ways by which a message reaches its reader.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
compress=
attributes="mail_attribute {
  dict file {
    path = %{home}/dovecot-attributes
  }
}"
if [ "$version" = 2.3 ]; then
	compress="protocol imap {
  mail_plugins = \$mail_plugins imap_access_audit imap_zlib
}"
	attributes="mail_attribute_dict = file:%h/dovecot-attributes"
fi
aa_test_dovecot ways anna@example.org ben@example.org <<END
$compress
$attributes
imap_urlauth_host = localhost
imap_hibernate_timeout = 1s
mail_max_userip_connections = 50
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
aa_mails "$dir" anna@example.org INBOX 9
aa_mailbox "$dir" anna@example.org Copies
aa_mails "$dir" ben@example.org INBOX 5
aa_mails "$dir" ben@example.org Large 80 4000
aa_mails "$dir" ben@example.org Many 3000 1
aa_test_start
aa_python ways.py
# Dovecot 2.3 itself, without us: its urlauth login process fails an assertion
# when one user asks for a URL of another.
check "no error in the log" log_is_clean \
	"imap-urlauth-login: (Panic|Error: Raw backtrace|Fatal)|imap-urlauth: Service disconnected"
exit "$aa_failed"
