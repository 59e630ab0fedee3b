#!/usr/bin/env python3
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""old_logs.py LOG DIRECTORY DAYS: from the log that a Dovecot of ours wrote, what a
server would have that has run for some time.

DIRECTORY/syslog      the same through syslog, without a year
         /iso         journalctl -o short-iso
         /json /export    journalctl -o json, -o export
         /days/N      the lines of the account "anna" again, N days ago, N from 1 to
                      DAYS; every third as N.gz
"""

import datetime
import gzip
import json
import os
import re
import sys

LINE = re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) (.*)")


def lines_of(path):
    """(local time, rest) of each line that begins with a date."""
    with open(path, encoding="utf-8", errors="surrogateescape") as log:
        for line in log:
            match = LINE.fullmatch(line.rstrip("\n"))
            if match:
                yield dated(match.group(1)), match.group(2)


def dated(text):
    now = datetime.datetime.now()
    at = datetime.datetime.strptime(f"{now.year} {text}", "%Y %b %d %H:%M:%S")
    if at > now + datetime.timedelta(days=1):
        at = at.replace(year=now.year - 1)
    return at.astimezone()


def stamp(at):
    return at.strftime("%b ") + f"{at.day:2d}" + at.strftime(" %H:%M:%S")


def message(rest):
    """As Dovecot gives it to syslog: nothing says that it is for information."""
    return rest.replace(": Info: ", ": ", 1)


def write(path, lines):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "wt", encoding="utf-8", errors="surrogateescape") as out:
        out.writelines(line + "\n" for line in lines)


def forms(lines, out):
    write(f"{out}/syslog", (f"{stamp(at)} mail dovecot: {message(rest)}" for at, rest in lines))
    write(f"{out}/iso", (f"{at:%Y-%m-%dT%H:%M:%S%z} mail dovecot[77]: {message(rest)}"
                         for at, rest in lines))
    records = [{"__CURSOR": "s=1", "__REALTIME_TIMESTAMP": str(int(at.timestamp()) * 1000000),
                "SYSLOG_IDENTIFIER": "dovecot", "_PID": "77", "MESSAGE": message(rest)}
               for at, rest in lines]
    write(f"{out}/json", (json.dumps(record) for record in records))
    write(f"{out}/export", ("\n".join(f"{name}={value}" for name, value in record.items()) + "\n"
                            for record in records))


def earlier(lines, days):
    for at, rest in lines:
        # each has sessions of its own
        rest = re.sub(r"(session=<|\)<\d+><)([^>]*)>", rf"\g<1>\g<2>-{days}>", rest)
        yield f"{stamp(at - datetime.timedelta(days=days))} {rest}"


def main(log, out, days):
    lines = list(lines_of(log))
    os.makedirs(f"{out}/days", exist_ok=True)
    forms(lines, out)
    anna = [(at, rest) for at, rest in lines if "<anna>" in rest or "(anna)" in rest]
    for day in range(1, days + 1):
        name = f"{out}/days/{day}" + (".gz" if day % 3 == 0 else "")
        write(name, earlier(anna, day))
        at = (datetime.datetime.now() - datetime.timedelta(days=day)).timestamp()
        os.utime(name, (at, at))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
