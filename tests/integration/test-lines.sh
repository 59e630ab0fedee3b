#!/usr/bin/env bash
# test-lines.sh VERSION: what mail processes say on the wire. The service is not
# there; a script stands in for it.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
attributes="mail_attribute {
  dict file {
    path = %{home}/dovecot-attributes
  }
}"
[ "$version" != 2.3 ] ||
	attributes="mail_attribute_dict = file:%h/dovecot-attributes"
aa_test_dovecot lines anna@example.org <<END
$attributes
imap_urlauth_host = localhost
service access-audit {
  process_min_avail = 0
  unix_listener access-audit {
    mode = 0
  }
}
END
aa_mails "$dir" anna@example.org INBOX 9
aa_mails "$dir" anna@example.org Growing 3
aa_mails "$dir" anna@example.org Other 5
aa_mailbox "$dir" anna@example.org Copies
aa_test_start
aa_python lines.py
check "no error in the log" log_is_clean
exit "$aa_failed"
