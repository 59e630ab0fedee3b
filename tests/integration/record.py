# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""What the database holds of a session, and test points about it."""

import contextlib
import os
import re
import sqlite3
import sys
import time

DIR = os.environ["AA_DIR"]
VERSION = os.environ["AA_VERSION"]
WAIT = 10
failed = []


def query(sql, *args):
    url = f"file:{DIR}/db/audit.sqlite?mode=ro"
    with contextlib.closing(sqlite3.connect(url, uri=True, timeout=5)) as db:
        db.row_factory = sqlite3.Row
        return db.execute(sql, args).fetchall()


def within(check, seconds=WAIT):
    """Tries until check() is true; its last answer."""
    end = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def service_pid():
    """The process of the service, or None."""
    with open(f"{DIR}/base/master.pid", encoding="ascii") as file:
        master = file.read().strip()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", errors="replace", encoding="utf-8") as file:
                if re.match(rf"\d+ \(access-audit\) \S {master} ", file.read()):
                    return int(pid)
        except OSError:
            pass
    return None


def session_row(session):
    rows = query("SELECT * FROM v_session WHERE session = ?", session)
    return rows[0] if rows else None


def ended(session):
    """The session's row once its end is on the disk."""
    return within(lambda: query("SELECT * FROM v_session WHERE session = ?"
                                " AND end_ms IS NOT NULL", session)) or [None]


def parse_uids(text):
    uids = set()
    for part in text.split(",") if text else []:
        first, _, last = part.partition(":")
        uids |= set(range(int(first), int(last or first) + 1))
    return uids


def reads(session):
    """{(mailbox, kind): row} of a session that has ended."""
    ended(session)
    rows = query("SELECT * FROM v_read WHERE session = ?", session)
    return {(row["mailbox"], row["kind"]): row for row in rows}


def kinds(session, mailbox="INBOX"):
    """{kind: set of uids} in one mailbox."""
    return {kind: parse_uids(row["uids"])
            for (box, kind), row in reads(session).items() if box == mailbox}


def point(what, passed, *details):
    print(("ok - " if passed else "not ok - ") + what, flush=True)
    if not passed:
        failed.append(what)
        for detail in details:
            print("#", detail, flush=True)


def skip(what, why):
    print(f"skip - {what}: {why}", flush=True)


def finish():
    sys.exit(1 if failed else 0)
