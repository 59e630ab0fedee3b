#!/usr/bin/env bash
# test-settings.sh VERSION
#
# Dovecot knows our settings and our service without a line about them, and a
# wrong one keeps it from starting, with a message that says what is allowed.
# Wants what aa_build VERSION has built.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"

version=$1
dir=$AA_BUILD/test-settings-$version
failed=0
rm -rf "$dir"
mkdir -p "$dir"

# conf NAME: writes a configuration with what stands on standard input in it.
conf() {
	{
		[ "$version" = 2.3 ] || cat <<-END
		dovecot_config_version = 2.4.1
		dovecot_storage_version = 2.4.1
		END
		cat <<-END
		base_dir = $dir/base
		log_path = /dev/stderr
		protocols =
		ssl = no
		END
		cat
	} >"$dir/$1.conf"
}

inside() { timeout 30 "$AA_TOOLS/inside" "$version" run "$@"; }
fail() {
	aa_say "FAIL $version: $*"
	failed=1
}

# knows NAME EXPECTED SETTING: doveconf shows this of a setting or block.
knows() {
	local got
	got=$(inside doveconf -c "$dir/$1.conf" "$3" 2>&1) || :
	[[ $got == *"$2"* ]] || fail "$1.conf: $3 is '$got', not '$2'"
}

# refuses LINE MESSAGE: neither doveconf nor the master go along with it.
refuses() {
	local command out
	conf bad <<<"$1"
	for command in "doveconf -n" "dovecot -F"; do
		# shellcheck disable=SC2086
		if out=$(inside $command -c "$dir/bad.conf" 2>&1); then
			fail "'$command' accepts $1"
		elif [[ $out != *"$2"* ]]; then
			fail "'$command' about $1: $out"
		fi
	done
}

conf plain </dev/null
knows plain "= report" access_audit_mode
knows plain "= /var/lib/dovecot/access-audit/audit.sqlite" access_audit_database
knows plain "= no" access_audit_search_terms
for part in "unix_listener access-audit {" "unix_listener access-audit-admin {" \
	    "mode = 0666" "mode = 0600" "process_limit = 1" "process_min_avail = 1" \
	    "client_limit = 20000" "executable = access-audit"; do
	knows plain "$part" service/access-audit
done

conf chosen <<-'END'
	access_audit_mode = enforce
	access_audit_database = /srv/audit.sqlite
	access_audit_geo_databases = /srv/city.mmdb /srv/asn.mmdb
	access_audit_login_wait = 1s
	access_audit_block_time = 2d
	access_audit_allow_networks = 192.0.2.0/24 2001:db8::1
	access_audit_policy_key = 0123456789abcdef
	service access-audit {
	  unix_listener access-audit-policy {
	    mode = 0600
	  }
	}
END
knows chosen "= enforce" access_audit_mode
knows chosen "= /srv/city.mmdb /srv/asn.mmdb" access_audit_geo_databases
# A listener more leaves ours as they are.
knows chosen "unix_listener access-audit-policy {" service/access-audit
knows chosen "unix_listener access-audit {" service/access-audit

refuses "access_audit_moed = off" "Unknown setting: access_audit_moed"
refuses "access_audit_mode = enforcing" \
	"access_audit_mode: 'enforcing' is not one of off, record, report, enforce"
refuses "access_audit_fail_mode = ajar" \
	"access_audit_fail_mode: 'ajar' is not one of open, closed"
refuses "access_audit_login_wait = 5ms" \
	"access_audit_login_wait: '5ms' is not between 10ms and 10s"
refuses "access_audit_login_wait = 5" "missing units"
refuses "access_audit_block_time = 1s" \
	"access_audit_block_time: '1s' is not between 1min and 3650d"
refuses "access_audit_learn_days = 366" \
	"access_audit_learn_days: '366' is not between 0 and 365"
refuses "access_audit_learn_days = -1" "Invalid number -1"
refuses "access_audit_search_terms = perhaps" "Invalid boolean value: perhaps"
refuses "access_audit_database = audit.sqlite" \
	"access_audit_database: 'audit.sqlite' is not the absolute path of a file"
refuses "access_audit_database =" "access_audit_database: '' is not"
refuses "access_audit_geo_databases = /a /b /c" "is not one or two absolute paths"
refuses "access_audit_allow_networks = 10.0.0.0/8 10.0.0.0/99" \
	"'10.0.0.0/8 10.0.0.0/99' is not a list of networks"
refuses "access_audit_policy_key = hunter2" \
	"access_audit_policy_key: '…' is not 16 or more"

# 2.3 hands a mail process its plugin { } only: the snippet of examples/ passes
# on what is set above it, or the default.
if [ "$version" = 2.3 ]; then
	{
		echo "access_audit_login_wait = 750ms"
		sed -n '/^plugin {/,/^}/p' "$AA_TOP/examples/dovecot-2.3.conf"
	} | conf passed
	knows passed "= 750 ms" plugin/access_audit_login_wait
	knows passed "= 5 secs" plugin/access_audit_logout_wait
	knows passed "= open" plugin/access_audit_fail_mode
fi

[ "$failed" -ne 0 ] || rm -rf "$dir"
exit "$failed"
