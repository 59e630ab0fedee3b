#!/usr/bin/env bash
# bench-record.sh: what reports take on ten million rows of reads of 200,000 accounts
# (bench-record.c says how real they are): the statements alone, and doveadm as a person
# waits for it. The database is made once and used again: AA_BENCH_DIR (a folder under
# TMPDIR) has it, some 6 GB. What is not made within AA_BENCH_SECONDS is made the next
# time; how many rows there are is printed. AA_BENCH_ROWS: fewer or more.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"

version=$(aa_native)
rows=${AA_BENCH_ROWS:-10000000}
folder=${AA_BENCH_DIR:-${TMPDIR:-/tmp}/access-audit-bench}
schema=$(sed -n 's/^PRAGMA user_version = \([0-9]*\);/\1/p' "$AA_TOP/sql/schema.sql")
database=$folder/record-$schema-$rows/audit.sqlite
tool=$AA_BUILD/$version/tests/bench/bench-record
aa_in_tree "$version" make -s tests/bench/bench-record >/dev/null

mkdir -p "$(dirname "$database")"
"$tool" make "$database" "$rows" "${AA_BENCH_SECONDS:-900}" ||
	aa_say "(not all: the next run goes on)"
aa_say "$(du -h "$database" | cut -f1) on the disk"
"$tool" ask "$database"

# doveadm, with no Dovecot that runs: it asks the database alone.
dir=$AA_BUILD/run/bench-record-$version
aa_imap_port=1 aa_pop3_port=1
aa_dovecot_new "$version" "$dir" bench <<END
access_audit_database = $database
END
aa_dovecot_conf "$version" "$dir"
cat >"$dir/time.py" <<'END'
import sqlite3
import subprocess
import sys
import time

conf, page, path = sys.argv[1:]
ROUNDS = 11
NAMES = sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def account_at(share):
    """From the one with the most sessions, 0, to those with a few."""
    return NAMES.execute("SELECT id, name FROM account WHERE id >= 1 + ? * (SELECT max(id)"
                         " FROM account) ORDER BY id LIMIT 1", (share,)).fetchone()


def name_of(account):
    row = NAMES.execute("SELECT message_id FROM message WHERE mailbox_id = ? AND message_id"
                        " NOT LIKE 'list%' LIMIT 1", (account * 2,)).fetchone()
    return row[0] if row else "none"


def median(name, limit, *arguments):
    taken = []
    for i in range(ROUNDS):
        number, account = account_at((i / ROUNDS) ** 2)
        words = {"ACCOUNT": account, "NAME": name_of(number)}
        command = [words.get(a, a) for a in arguments]
        start = time.monotonic()
        done = subprocess.run(["doveadm", "-c", conf, "audit", *command],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300)
        taken.append(time.monotonic() - start)
        # 69: there is no service, the database has answered
        if done.returncode not in (0, 69):
            print(f"doveadm audit {name}: {done.stderr.decode()[:300]}")
            return
    taken.sort()
    print(f"doveadm audit {name:<22} median {taken[ROUNDS // 2]:.3f} s, worst "
          f"{taken[-1]:.3f} s; wanted {limit} s")


median("(nothing)", "-", "canary", "list")
median("status", 0.1, "status")
median("scope", 0.2, "scope", "--messages", "0", "ACCOUNT")
median("sessions", "-", "sessions", "--limit", "100", "ACCOUNT")
median("who-read", 0.2, "who-read", "NAME")
median("report", 3, "report", "-o", page, "ACCOUNT")
END
"$AA_TOOLS/inside" "$version" run python3 "$dir/time.py" "$dir/dovecot.conf" \
	"$dir/page.html" "$database"
