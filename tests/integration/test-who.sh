#!/usr/bin/env bash
# test-who.sh VERSION: shared and public folders, master users, hostile names.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
conf_2.3() {
	cat <<-END
	mail_plugins = acl access_audit
	protocol imap {
	  mail_plugins = acl imap_acl access_audit imap_access_audit
	}
	protocol pop3 {
	  mail_plugins = acl access_audit pop3_access_audit
	}
	plugin {
	  acl = vfile
	  acl_user = %u
	  acl_shared_dict = file:$dir/shared/mailboxes
	}
	namespace shared {
	  type = shared
	  separator = /
	  prefix = shared/%%u/
	  location = maildir:%%h/Maildir
	  subscriptions = no
	  list = children
	}
	namespace public {
	  type = public
	  separator = /
	  prefix = Public/
	  location = maildir:$dir/mail/public/Maildir
	  subscriptions = no
	}
	END
}
conf_2.4() {
	cat <<-END
	mail_plugins {
	  acl = yes
	}
	protocol imap {
	  mail_plugins {
	    imap_acl = yes
	  }
	}
	acl_driver = vfile
	acl_sharing_map {
	  dict file {
	    path = $dir/shared/mailboxes
	  }
	}
	namespace shared {
	  type = shared
	  separator = /
	  prefix = shared/\$user/
	  mail_driver = maildir
	  mail_path = %{owner_home}/Maildir
	  subscriptions = no
	  list = children
	}
	namespace public {
	  type = public
	  separator = /
	  prefix = Public/
	  mail_driver = maildir
	  mail_path = $dir/mail/public/Maildir
	  subscriptions = no
	}
	END
}

dir=$AA_BUILD/run/who-$version
extra=$("conf_$version")
# whoever opens another's folder asks where that one lives
extra="$extra
service auth {
  unix_listener auth-userdb {
    mode = 0777
  }
}"
aa_test_dovecot who anna@example.org ben@example.org public <<<"$extra"
aa_mails "$dir" anna@example.org INBOX 9
aa_mails "$dir" ben@example.org INBOX 3
aa_mails "$dir" public News 4
aa_mails "$dir" anna@example.org Quiet 2
aa_mails "$dir" ben@example.org Quiet 2
# Modified UTF-7 of "Bad", BEL, ESC, a right-to-left override, "Name"
aa_mails "$dir" anna@example.org "Bad&AAcAGyAu-Name" 3
echo 'anyone lrs' >"$dir/mail/public/Maildir/.News/dovecot-acl"
mkdir "$dir/shared"
# All are in one group, as the mail users of a site with shared folders are.
chgrp -R "$aa_gid" "$dir/mail" "$dir/shared"
chmod -R g+rwX "$dir/mail" "$dir/shared"
aa_test_start
aa_python who.py
check "no error in the log" log_is_clean
exit "$aa_failed"
