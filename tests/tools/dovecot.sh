# Sourced after roots.sh: a private Dovecot on loopback, with all that it has in
# one folder under build/. Its parts:
#   dovecot.conf extra.conf   ours, which includes those of examples/; the test's
#   passwd masters    accounts, all with aa_password; "admin" may be any of them
#   mail/ACCOUNT      Maildirs, owned by uids from 50001 on that exist nowhere
#   db/audit.sqlite geo.mmdb networks words/ report/ exposure base/ log/ doveadm
# shellcheck shell=bash

aa_password=correct-horse-9
aa_gid=50000

# aa_dovecot_new VERSION DIR ACCOUNT…: lays out the folder. Set aa_plain=1 for a
# Dovecot without our plugin. Text of extra.conf comes from standard input.
aa_dovecot_new() {
	local version=$1 dir=$2 account uid=$aa_gid
	shift 2
	[ ${#dir} -le 75 ] ||
		aa_die "$dir/base: too long for the names of UNIX sockets"
	rm -rf "$dir"
	mkdir -p "$dir/mail" "$dir/log" "$dir/state" "$dir/base"
	chmod 755 "$AA_BUILD" "$(dirname "$dir")" "$dir"
	echo "$version" >"$dir/version"
	cat >"$dir/extra.conf"
	: >"$dir/passwd"
	for account; do
		uid=$((uid + 1))
		printf '%s:{PLAIN}%s:%d:%d::%s::\n' "$account" "$aa_password" \
			"$uid" "$aa_gid" "$dir/mail/$account" >>"$dir/passwd"
		aa_mailbox "$dir" "$account" INBOX
	done
	printf 'admin:{PLAIN}%s\n' "$aa_password" >"$dir/masters"
	"$AA_TOOLS/inside" "$version" run install -d -o dovecot -m 750 "$dir/db"
	[ ! -e "$AA_TOP/tests/data/geo/demo.mmdb" ] ||
		cp "$AA_TOP/tests/data/geo/demo.mmdb" "$dir/geo.mmdb"
	cp -r "$AA_TOP/share/words" "$AA_TOP/share/networks" \
		"$AA_TOP/share/report" "$AA_TOP/share/exposure" "$dir"
	aa_doveadm_command "$version" "$dir"
}

# A doveadm that can be called from anywhere.
aa_doveadm_command() {
	cat >"$2/doveadm" <<-END
	#!/bin/sh
	exec "$AA_TOOLS/inside" $1 run doveadm -c "$2/dovecot.conf" "\$@"
	END
	chmod +x "$2/doveadm"
}

aa_dovecot_conf() {
	local version=$1 dir=$2
	cp "$AA_TOP/examples/dovecot-$version.conf" "$dir/snippet.conf"
	cp "$AA_TOP/examples/dovecot-$version-userdb.conf" "$dir/userdb.conf"
	{
		"aa_conf_$version" "$dir"
		cat <<-END
		base_dir = $dir/base
		state_dir = $dir/state
		log_path = $dir/log/dovecot.log
		listen = 127.0.0.1
		ssl = no
		login_trusted_networks = 127.0.0.0/8
		service imap-login {
		  inet_listener imap {
		    port = $aa_imap_port
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
		service pop3-login {
		  inet_listener pop3 {
		    port = $aa_pop3_port
		  }
		  inet_listener pop3s {
		    port = 0
		  }
		}
		END
		[ -n "${aa_plain:-}" ] || cat <<-END
		!include snippet.conf
		access_audit_database = $dir/db/audit.sqlite
		access_audit_geo_databases = $dir/geo.mmdb
		access_audit_sensitive_words = $dir/words/en $dir/words/fr
		access_audit_network_lists = $dir/networks
		access_audit_report_directory = $dir/report
		access_audit_exposure_patterns = $dir/exposure
		access_audit_campaign_accounts = ${aa_campaign_accounts:-64}
		END
		echo "!include extra.conf"
		# 2.3: what extra.conf has changed must be passed on too
		[ -n "${aa_plain:-}" ] || sed -n '/^plugin {/,/^}/p' "$dir/snippet.conf"
	} >"$dir/dovecot.conf"
}

aa_conf_2.3() {
	cat <<-END
	protocols = imap pop3
	disable_plaintext_auth = no
	mail_location = maildir:~/Maildir
	auth_master_user_separator = *
	passdb {
	  driver = passwd-file
	  args = $1/masters
	  master = yes
	  result_success = continue
	}
	passdb {
	  driver = passwd-file
	  args = $1/passwd
	}
	!include userdb.conf
	userdb {
	  driver = passwd-file
	  args = $1/passwd
	}
	namespace inbox {
	  inbox = yes
	  separator = /
	}
	END
}

aa_conf_2.4() {
	cat <<-END
	dovecot_config_version = 2.4.1
	dovecot_storage_version = 2.4.1
	protocols {
	  imap = yes
	  pop3 = yes
	}
	auth_allow_cleartext = yes
	auth_master_user_separator = *
	mail_driver = maildir
	mail_path = ~/Maildir
	passdb masters {
	  driver = passwd-file
	  passwd_file_path = $1/masters
	  master = yes
	  result_success = continue
	}
	passdb passwd-file {
	  passwd_file_path = $1/passwd
	}
	!include userdb.conf
	userdb passwd-file {
	  passwd_file_path = $1/passwd
	}
	namespace inbox {
	  inbox = yes
	  separator = /
	}
	END
}

aa_dovecot_pid() { cat "$1/base/master.pid" 2>/dev/null || :; }

# aa_children DIR NAME…: the processes of this Dovecot's master that are called so.
aa_children() {
	local stat master rest names
	master=$(aa_dovecot_pid "$1")
	shift
	names=" $* "
	for stat in /proc/[0-9]*/stat; do
		{ read -r rest <"$stat"; } 2>/dev/null || continue
		# "PID (NAME) STATE PARENT …"
		[[ $rest =~ ^([0-9]+)\ \((.*)\)\ .\ ([0-9]+)\  ]] || continue
		[ "${BASH_REMATCH[3]}" = "$master" ] || continue
		[[ $names != *" ${BASH_REMATCH[2]} "* ]] || echo "${BASH_REMATCH[1]}"
	done
}
aa_no_mail_process() { [ -z "$(aa_children "$1" imap pop3)" ]; }

aa_alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
aa_gone() { ! aa_alive "$1"; }

aa_greets() { (exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r -t 2 -u 3 _) 2>/dev/null; }

# Sets aa_imap_port and aa_pop3_port. A port may be taken between the look and
# the bind: then once more with others.
aa_dovecot_start() {
	local dir=$1 version
	version=$(cat "$dir/version")
	for _ in 1 2 3; do
		aa_imap_port=$(aa_free_port)
		aa_pop3_port=$(aa_free_port)
		aa_dovecot_conf "$version" "$dir"
		aa_dovecot_again "$dir" && return
	done
	return 1
}

# With the configuration that is there.
aa_dovecot_again() {
	local dir=$1
	# The holder of an inherited lock or pipe must not be a daemon of ours.
	timeout 30 "$AA_TOOLS/inside" "$(cat "$dir/version")" run \
		dovecot -c "$dir/dovecot.conf" </dev/null >"$dir/log/start" 2>&1 ||
		return 1
	aa_within 10 aa_greets "$(sed -n 's/^ *port = \([1-9].*\)/\1/p' \
		"$dir/dovecot.conf" | head -1)"
}

aa_dovecot_stop() {
	local pid
	pid=$(aa_dovecot_pid "$1")
	aa_alive "$pid" || return 0
	# Whose client has just gone is at its end and has something to report yet:
	# it would find the service away, and say so in the log.
	aa_within 2 aa_no_mail_process "$1" || :
	kill "$pid"
	aa_within 15 aa_gone "$pid" || kill -9 "$pid"
	rm -f "$1/base/master.pid"
}

aa_reload() { kill -HUP "$(aa_dovecot_pid "$1")"; }

# --- mail ---

aa_uid() { awk -F: -v account="$2" '$1 == account { print $3 }' "$1/passwd"; }

aa_maildir() {
	local path=$1/mail/$2/Maildir
	[ "$3" = INBOX ] || path=$path/.${3//\//.}
	echo "$path"
}

aa_mailbox() {
	local path
	path=$(aa_maildir "$@")
	mkdir -p "$path/cur" "$path/new" "$path/tmp"
	chown -R "$(aa_uid "$1" "$2"):$aa_gid" "$1/mail/$2"
}

# aa_mails DIR ACCOUNT MAILBOX COUNT [LINES [HOURS]]: COUNT more messages, one in
# HOURS up to now, of about LINES lines of text each, every fourth with an
# attachment.
aa_mails() {
	local dir=$1 account=$2 box=$3 count=$4 lines=${5:-20} hours=${6:-1} path
	aa_mailbox "$dir" "$account" "$box"
	path=$(aa_maildir "$dir" "$account" "$box")
	awk -v path="$path" -v account="$account" -v box="$box" -v count="$count" \
		-v lines="$lines" -v hours="$hours" -v now="$(date +%s)" \
		-f "$AA_TOOLS/mails.awk" |
		while read -r at file; do
			touch -d "@$at" "$file"
		done
	chown -R "$(aa_uid "$dir" "$account"):$aa_gid" "$path"
}

# "GUID UIDVALIDITY" of a mailbox, as the database knows it.
aa_mailbox_id() {
	"$1/doveadm" -f tab mailbox status -u "$2" "guid uidvalidity" "$3" |
		awk -F'\t' 'NR == 2 { print $3, $2 }'
}

# --- what the database says ---

aa_sql() { sqlite3 -readonly -cmd '.timeout 5000' "$1/db/audit.sqlite" "$2"; }

# aa_holds DIR SQL: the query's answer is 1.
aa_holds() { [ "$(aa_sql "$1" "$2" 2>/dev/null)" = 1 ]; }

# One UID a line, as an IMAP uid-set with nothing repeated.
aa_uid_set() {
	sort -n -u | awk '
		function out() {
			if (first != "")
				set = set (set == "" ? "" : ",") first (last > first ? ":" last : "")
		}
		$1 != last + 1 || first == "" { out(); first = $1 }
		{ last = $1 }
		END { out(); print set }'
}
