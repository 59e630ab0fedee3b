#!/usr/bin/env bash
# bench-imap.sh VERSION: what the plugin costs in the imap process, in
# instructions for each message.
#
# imap runs under callgrind, with and without the plugin; a client fetches SMALL
# and then LARGE messages, each from a mailbox that no session has read before. The
# slope between the two is the price of one message, whatever start and login
# cost. Instructions are the same on a busy machine; the runs take turns.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"

version=$1
small=100 large=600

# start WITH|WITHOUT: sets dir
start() {
	dir=$AA_BUILD/run/bench-$1-$version
	mkdir -p "$dir/../callgrind"
	chmod 777 "$dir/../callgrind"
	unset aa_plain
	[ "$1" = with ] || aa_plain=1
	# The process cannot write a profile once it is the mail user; the log, which
	# has the sum, is open by then.
	aa_dovecot_new "$version" "$dir" bench <<-END
	service imap {
	  executable = /usr/bin/valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file=$AA_BUILD/run/callgrind/%p /usr/lib/dovecot/imap
	  vsz_limit = 4G
	}
	END
	for box in "$small" "$large"; do
		for item in body envelope; do
			aa_mails "$dir" bench "$item-$box" "$box"
		done
	done
	aa_dovecot_start "$dir"
}

# instructions COUNT ITEM MAILBOX
instructions() {
	rm -f "$AA_BUILD"/run/callgrind/*
	timeout 120 "$AA_TOOLS/inside" "$version" run \
		"$AA_BUILD/$version/tests/tools/imapload" \
		127.0.0.1 "$aa_imap_port" bench "$aa_password" \
		"EXAMINE $3" "FETCH 1:$1 ($2)" LOGOUT >"$dir/out"
	aa_within 20 grep -q Collected "$AA_BUILD"/run/callgrind/* || return 1
	awk '/Collected/ { print $4 }' "$AA_BUILD"/run/callgrind/*
}

# slope ITEM NAME: the first visit of each mailbox fills caches, as for any client
slope() {
	local few many
	few=$(instructions "$small" "$1" "$2-$small")
	many=$(instructions "$large" "$1" "$2-$large")
	echo $(((many - few) / (large - small)))
}

declare -A price
for kind in without with; do
	start "$kind"
	price[$kind-body]=$(slope 'BODY.PEEK[]' body)
	price[$kind-envelope]=$(slope ENVELOPE envelope)
	aa_dovecot_stop "$dir"
done
for item in body envelope; do
	awk -v version="$version" -v item="$item" -v plain="${price[without-$item]}" \
		-v audited="${price[with-$item]}" 'BEGIN {
		printf "Dovecot %s, %-8s %7d instructions a message, %7d with the plugin: %+.2f %%\n",
			version, item, plain, audited, 100 * (audited - plain) / plain }'
done
