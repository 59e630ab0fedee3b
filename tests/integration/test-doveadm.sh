#!/usr/bin/env bash
# test-doveadm.sh VERSION
#
# The reports of doveadm audit over a database that is known to the last row,
# without a service: every verb in every format, hostile names, masks, times,
# databases that are empty, missing, newer, none, or not for this user.
# Wants what aa_build VERSION has built.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"

version=$1
dir=$AA_BUILD/test-doveadm-$version
failed=0
rm -rf "$dir"
mkdir -p "$dir/base"
chmod 755 "$dir"

ok() { aa_say "ok - $*"; }
not_ok() {
	aa_say "not ok - $*"
	failed=1
}
# check WHAT COMMAND…
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what"; fi
}

# conf NAME DATABASE
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
		access_audit_database = $2
		access_audit_limit_floor = 30
		access_audit_limit_factor = 3
		END
	} >"$dir/$1.conf"
}

# database NAME SQL…: with our schema, then what else is to be run.
database() {
	local file=$dir/$1.sqlite
	shift
	sqlite3 "$file" "PRAGMA journal_mode = WAL" ".read $AA_TOP/sql/schema.sql" \
		".read $AA_TOP/sql/views.sql" "$@" >"$dir/sqlite.out"
}

# audit CONF [OPTION…] VERB…: sets code, and leaves out and err in $dir.
# aa_as: another user than root.
audit() {
	local conf=$1 options=()
	shift
	while [[ ${1:-} == -* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	code=0
	# shellcheck disable=SC2086
	timeout 60 "$AA_TOOLS/inside" "$version" run ${aa_as:-} \
		doveadm "${options[@]}" -c "$dir/$conf.conf" audit "$@" \
		>"$dir/out" 2>"$dir/err" </dev/null || code=$?
}

# gives CODE CONF ARGUMENT…
gives() {
	local expected=$1
	shift
	audit "$@"
	[ "$code" = "$expected" ] && return
	aa_say "# exit $code instead of $expected: $(head -c 300 "$dir/err")"
	return 1
}
# says CODE TEXT CONF ARGUMENT…: and a line about it on stderr.
says() {
	local expected=$1 text=$2
	shift 2
	gives "$expected" "$@" || return 1
	grep -qF -- "$text" "$dir/err" && return
	aa_say "# stderr: $(cat "$dir/err")"
	return 1
}
# json EXPRESSION CONF ARGUMENT…: what is printed in JSON, as "rows", makes the
# Python expression true.
json() {
	local expression=$1 conf=$2
	shift 2
	audit "$conf" -f json "$@"
	python3 - "$dir/out" "$expression" <<'END'
import json, sys
rows = json.load(open(sys.argv[1], encoding="utf-8"))
what = lambda name: [row for row in rows if row["what"] == name]
if not eval("(" + sys.argv[2] + ")"):
    print("#", json.dumps(rows)[:2000])
    sys.exit(1)
END
}

conf full "$dir/full.sqlite"
database full ".read $AA_TOP/tests/data/audit-fixture.sql"

# --- every verb in every format ---

# UTF-8, and of the characters that a terminal obeys only those that the formats
# are made of.
harmless() {
	python3 - "$dir/out" <<'END'
import sys, unicodedata
text = open(sys.argv[1], encoding="utf-8").read()
bad = [c for c in text if c not in "\n\t\f" and
       unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
if bad:
    print("#", [hex(ord(c)) for c in bad])
    sys.exit(1)
END
}
# In the format tab each line has as many cells as the first.
even() { awk -F'\t' 'NR == 1 { n = NF } NF != n { exit 1 }' "$dir/out"; }

while read -r verb arguments; do
	for format in table flow tab pager; do
		# shellcheck disable=SC2086
		check "$verb $arguments in $format" \
			gives 0 full -f $format "$verb" $arguments
		check "$verb $arguments in $format has no control characters" harmless
		check "$verb $arguments in $format says something" test -s "$dir/out"
		[ $format != tab ] || check "$verb $arguments in $format is even" even
	done
	# shellcheck disable=SC2086
	check "$verb $arguments in json" json "len(rows) > 0" full "$verb" $arguments
done <<'END'
sessions
reads
incidents
blocks --all
account anna@example.org
account hostile
scope anna@example.org
scope hostile
why AA-17
END

# The columns of the module are those of the statements.
columns() {
	local names statement=$1
	shift
	names=$(sqlite3 -header "$dir/full.sqlite" ".param init" \
		".param set :mask '*'" ".param set :since 0" \
		".param set :until 9e15" ".param set :limit 1" \
		".param set :kind ''" ".param set :all 1" \
		".param set :account \"'anna@example.org'\"" \
		".param set :today 20000" ".param set :floor 1" \
		".param set :factor 1" \
		".read $AA_TOP/sql/report/$statement.sql" | head -1)
	json "'|'.join(rows[0]) == '$names'" full "$@"
}
for statement in sessions reads incidents blocks; do
	check "the columns of $statement are those of its statement" \
		columns $statement $statement
done
check "the columns of account are those of its statement" \
	columns account account anna@example.org

# --- what is in them ---

check "hostile names are themselves in JSON" json \
	'rows[0]["mailbox"] == "a\tb\nc\x1b[31m\x85\u2028\u202e\\\ufffd\""' \
	full reads --kind body hostile
check "unknown values are null in JSON" json \
	'rows[0]["end_reason"] is None and rows[0]["client"] is None' \
	full sessions --since 2h
gives 0 full -f flow reads --kind body hostile
check "hostile names are escaped elsewhere" grep -qF \
	'mailbox=a\x09b\x0ac\x1b[31m\u{0085}\u{2028}\u{202e}\\\xff\xfe"' "$dir/out"

check "a mask with ? and *" json \
	'{row["account"] for row in rows} == {"anna@example.org"}' full sessions 'ann?@*'
check "a mask has no classes of characters" json 'len(rows) == 300' \
	full sessions 'many[1]?'
check "a mask that fits nobody" json 'rows == []' full sessions 'nobody*'
check "--since" json '[row["session"] for row in rows] == ["open/AAAB", "refused/AAAB", "stopped/AAAB"]' \
	full sessions --since 1d
check "--until" json 'len(rows) == 300' full sessions --until 16d
check "--since and --until with days" json 'len(rows) == 308' \
	full sessions --since 2020-01-01 --until '2037-01-01 14:00'
check "--limit" json 'len(rows) == 2 and rows[0]["session"] == "open/AAAB"' \
	full sessions --limit 2
check "--kind" json '{row["kind"] for row in rows} == {"fields"}' \
	full reads --kind fields
check "blocks in force" json '[row["block"] for row in rows] == [7]' full blocks
check "all blocks" json '[(row["block"], row["state"]) for row in rows] ==
	[(9, "lifted"), (8, "expired"), (7, "active")]' full blocks --all

check "account: usual and limit" json \
	'what("usual")[0]["value"] == "12" and what("limit")[0]["value"] == "36"' \
	full account anna@example.org
check "account: places" json '[(row["value"], row["days"]) for row in
	what("country") + what("network")] == [("FR", 14), ("AS64496", 14)]' \
	full account anna@example.org

check "scope merges the sessions" json 'what("read")[0]["uids"] == "1:20,30" and
	what("read")[0]["messages"] == 21 and what("read")[0]["sessions"] == 4 and
	what("read")[0]["bytes"] == 29000 and
	[(row["mailbox"], row["kind"]) for row in what("read")] ==
	[("INBOX", "body"), ("INBOX", "fields"), ("Archive", "body"), ("Archive", "structure")]' \
	full scope anna@example.org
check "scope of a session" json '{row["uids"] for row in what("read")} == {"2:5", "1:200"}' \
	full scope quietTwo/AAAB
check "scope of a session by our number" json 'what("read")[0]["uids"] == "1:3"' \
	full scope 1
check "scope of an incident" json '{row["uids"] for row in what("read")} ==
	{"1:20,30", "7:15", "1:4294967295"}' full scope aa-17
check "scope prefers an account to a session's number" json 'what("read") == [] and
	rows[-1]["what"] == "complete"' full scope 42
check "scope: a gap in the period" json 'what("gap")[0]["note"] == "service-down: killed" and
	rows[-1]["what"] == "incomplete"' full scope anna@example.org
check "scope: an open session" json 'what("open")[0]["sessions"] == 1' \
	full scope anna@example.org
check "scope: complete" json 'what("gap") == [] and rows[-1]["what"] == "complete"' \
	full scope --since 20h anna@example.org
check "scope: a gap of another account does not count" json 'what("gap") == []' \
	full scope --since 40h anna@example.org
check "scope: why Message-IDs are not known" json \
	'[row["messages"] for row in what("unknown")] == [21, 9]' \
	full scope anna@example.org
check "scope: no messages, no reason" json 'what("unknown") == [] and
	what("more")[0]["messages"] == 30' \
	full scope --messages 0 anna@example.org

check "why: reasons, numbers, the block and how to lift it" json '
	"limit 30" in what("reason")[0]["text"] and
	[row["action"] for row in what("verdict")] == ["stop", "refuse"] and
	what("incident")[0]["text"].startswith("30 first-time") and
	"doveadm audit unblock 7" in what("block")[0]["text"]' full why AA-17
check "why: a quiet session" json '[row["what"] for row in rows] == ["quiet"]' \
	full why quietOne/AAAB
check "why: a session that has the name of an account" json \
	'[row["what"] for row in rows] == ["quiet"]' full why 42

# --- what is wrong ---

check "an unknown account" says 67 "no login of this account" full account nobody
check "an unknown session" says 68 "no session or incident" full why nobody
check "an unknown name" says 68 "no account, session or incident" full scope nobody
check "a name with control characters" says 68 'x\x1by' full scope "$(printf 'x\033y')"
check "a wrong kind" says 64 "is none of body" full reads --kind bodies
check "a wrong time" says 64 "--since" full sessions --since tomorow
check "an empty period" says 64 "ends before it begins" \
	full sessions --since today --until yesterday
check "a wrong number" says 64 "limit" full sessions --limit many
check "a negative number" says 64 "limit" full sessions --limit -1
check "a wrong network" says 64 "AS64500" full block anna@example.org Russia
check "a wrong duration" says 64 "--for" full block --for ever anna@example.org AS64500
check "a missing argument" says 64 "doveadm audit why" full why
check "no verb" says 64 "why" full

check "block while the service is down" says 69 "does not run" \
	full block anna@example.org AS64500
check "unblock while the service is down" says 69 "does not run" full unblock 7
check "status while the service is down" says 69 "does not run" full status
check "… tells of the database" grep -qE 'open_incidents +1 *$' "$dir/out"

conf none "$dir/none.sqlite"
check "no database" says 75 "$dir/none.sqlite" none sessions
echo "This is no database, whatever its name may say." >"$dir/text.sqlite"
conf text "$dir/text.sqlite"
check "a file that is no database" says 65 "not a database" text sessions
database newer "PRAGMA user_version = 999"
conf newer "$dir/newer.sqlite"
check "a newer database" says 65 "newer" newer sessions
database empty
conf empty "$dir/empty.sqlite"
check "an empty database" json 'rows == []' empty sessions
check "an empty database, in a table" gives 0 empty sessions
check "an account of an empty database" says 67 "no login" empty account anna
chmod 600 "$dir/full.sqlite"
aa_as="setpriv --reuid=65534 --regid=65534 --clear-groups" \
	check "a user without rights" says 77 "No right to read" full sessions

# --- completion ---

# completes EXPECTED WORD…
completes() {
	local expected=$1 COMP_WORDS COMP_CWORD COMPREPLY
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_doveadm
	[ "${COMPREPLY[*]}" = "$expected" ] && return
	aa_say "# ${COMPREPLY[*]}"
	return 1
}
. "$AA_TOP/doc/bash-completion/_doveadm"
check "completes the verb" completes "status sessions scope" doveadm -f json audit s
check "completes a kind" completes "structure search" doveadm audit reads --kind s
check "completes an option" completes "--since" doveadm -D audit scope --s
check "completes a format" completes "table tab" doveadm -f ta
check "leaves other commands alone" completes "" doveadm mailbox s
# Each verb of the module is known to the page and to the completion.
audit full
for verb in $(grep -o 'audit .*' "$dir/err" | tr '|' ' ' | cut -d' ' -f2-); do
	case $verb in '<'* | '['*) continue ;; esac
	check "the man page has $verb" \
		grep -q "audit $verb\$" "$AA_TOP/doc/man/doveadm-audit.1"
	check "the completion has $verb" completes "$verb" doveadm audit "$verb"
done

exit $failed
