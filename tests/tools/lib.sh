# Sourced by ./demo, ./check and the integration tests: where things are, how
# we speak, how we wait. Everything that waits has a bound.
# shellcheck shell=bash

AA_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
AA_BUILD=$AA_TOP/build
AA_TOOLS=$AA_TOP/tests/tools
export AA_TOP AA_BUILD AA_TOOLS

if [ -t 1 ]; then
	aa_bold=$'\e[1m' aa_dim=$'\e[2m' aa_red=$'\e[31m' aa_green=$'\e[32m'
	aa_off=$'\e[0m'
else
	aa_bold='' aa_dim='' aa_red='' aa_green='' aa_off=''
fi

aa_say() { printf '%s\n' "$*"; }
aa_note() { printf '%s%s%s\n' "$aa_dim" "$*" "$aa_off"; }
aa_die() {
	printf '%s%s%s\n' "$aa_red" "$*" "$aa_off" >&2
	exit 1
}

# aa_within SECONDS COMMAND…: tries again until it succeeds; 1 if it never did.
aa_within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# aa_logged LOG WHAT COMMAND…: a long step whose output only matters if it fails.
aa_logged() {
	local log=$1 what=$2
	shift 2
	aa_note "$what"
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 30 "$log" >&2
		aa_die "failed: $what (all of it: $log)"
	fi
}

# Below the ports that the kernel gives to clients, and not listened on now.
aa_free_port() {
	local port
	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}
