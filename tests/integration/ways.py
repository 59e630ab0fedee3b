# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""However a message goes out, the record is the same: pipelined, compressed, after
IDLE, hibernation and reload, by NOTIFY, by URL, or until the line was cut."""

import os
import re
import signal
import socket
import time

from mailclient import IMAP_PORT, PASSWORD, Imap, Pop3
from record import DIR, ended, finish, kinds, point, query, reads, within

ANNA, BEN = "anna@example.org", "ben@example.org"
ANNA_URL = "imap://anna%40example.org@localhost"


def master_pid():
    with open(f"{DIR}/base/master.pid") as file:
        return int(file.read())


def pipelined():
    client = Imap(ANNA, session="ways-pipelined")
    tags = [client.start(text) for text in (
        "SELECT INBOX", "UID FETCH 1:2 BODY.PEEK[]", "UID FETCH 5 ENVELOPE",
        'UID SEARCH SUBJECT "Message 3 of"', "UID FETCH 7 BODY.PEEK[]", "LOGOUT")]
    answers = [client.until(tag) for tag in tags]
    client.drop()
    point("pipelined commands", kinds("ways-pipelined") ==
          {"body": {1, 2, 7}, "fields": {5}, "search": {3}},
          answers, kinds("ways-pipelined"))


def compressed():
    client = Imap(ANNA, session="ways-compress")
    answer = client.compress()
    client.command("SELECT INBOX")
    client.command("UID FETCH 1:9 BODY.PEEK[]")
    received = client.literal_bytes()
    client.logout()
    row = reads("ways-compress").get(("INBOX", "body"))
    point("COMPRESS: uids and bytes", answer.startswith("OK") and row and
          row["uids"] == "1:9" and row["bytes"] == received,
          answer, row and tuple(row), received)


def idle(client, meanwhile):
    tag = client.start("IDLE")
    assert client.line().startswith(b"+")
    answer = meanwhile()
    client.send(b"DONE\r\n")
    client.until(tag)
    return answer


def idle_then_read():
    client = Imap(ANNA, session="ways-idle")
    client.command("SELECT INBOX")
    client.command("UID FETCH 1 BODY.PEEK[]")
    idle(client, lambda: time.sleep(0.2))
    client.command("UID FETCH 2 BODY.PEEK[]")
    client.logout()
    point("reads before and after IDLE", kinds("ways-idle") == {"body": {1, 2}},
          kinds("ways-idle"))


def hibernated():
    client = Imap(ANNA, session="ways-hibernate")
    client.command("SELECT INBOX")
    client.command("UID FETCH 1:3 BODY.PEEK[]")
    away = idle(client, lambda: within(lambda: query(
        "SELECT 1 FROM v_session WHERE session = 'ways-hibernate' AND paused")))
    client.command("UID FETCH 3:4 BODY.PEEK[]")
    client.logout()
    rows = query("SELECT * FROM v_session WHERE session = 'ways-hibernate'")
    (row,) = ended("ways-hibernate")
    point("hibernation: the session was known to be away", away)
    point("hibernation: one session, all its reads",
          len(rows) == 1 and kinds("ways-hibernate") == {"body": {1, 2, 3, 4}},
          len(rows), kinds("ways-hibernate"))
    point("hibernation: it ended by logout", row and row["end_reason"] == "logout",
          row and row["end_reason"])


def notified():
    client = Imap(ANNA, session="ways-notify")
    client.command("SELECT INBOX")
    answer = client.command("NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[TEXT])"
                            " MessageExpunge))")
    other = Imap(ANNA, session="ways-notify-other")
    message = b"Subject: New\r\n\r\nThe text.\r\n"
    tag = other.start("APPEND INBOX {%d+}" % len(message))
    other.send(message + b"\r\n")
    uid = int(re.search(r"APPENDUID \d+ (\d+)", other.until(tag))[1])
    other.logout()
    client.fetched = []
    within(lambda: client.command("NOOP") and False if not client.fetched else True, 5)
    seen = [parts for parts in client.lines if b"BODY[TEXT]" in b"".join(parts)]
    client.logout()
    point("NOTIFY with fetch attributes", answer.startswith("OK") and
          kinds("ways-notify").get("body") == {uid},
          answer, seen, kinds("ways-notify"))
    point("APPEND is no read", not reads("ways-notify-other"))


def reloaded():
    client = Imap(ANNA, session="ways-reload")
    client.command("SELECT INBOX")
    client.command("UID FETCH 1:2 BODY.PEEK[]")
    received = client.literal_bytes()
    os.kill(master_pid(), signal.SIGHUP)
    time.sleep(1)
    client.command("UID FETCH 2:3 BODY.PEEK[]")
    received += client.literal_bytes()
    client.logout()
    rows = reads("ways-reload")
    row = rows.get(("INBOX", "body"))
    point("reload: one row with all uids and bytes", row and len(rows) == 1 and
          row["uids"] == "1:3" and row["bytes"] == received,
          row and tuple(row), received)
    again = Imap(ANNA, session="ways-after-reload")
    again.command("SELECT INBOX")
    again.command("UID FETCH 9 BODY.PEEK[]")
    again.logout()
    point("a session after the reload", kinds("ways-after-reload") == {"body": {9}},
          kinds("ways-after-reload"))


def cut_off():
    """The client goes away in the middle of a large FETCH, without a word."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(20)
    sock.connect(("127.0.0.1", IMAP_PORT))
    file = sock.makefile("rb")
    file.readline()
    sock.sendall(b'a1 ID ("x-originating-ip" "192.0.2.50" "x-session-id" "ways-cut")\r\n'
                 b'a2 LOGIN "%s" "%s"\r\na3 SELECT Large\r\n'
                 b"a4 UID FETCH 1:* BODY.PEEK[]\r\n" % (BEN.encode(), PASSWORD.encode()))
    got = set()
    while len(got) < 5:
        line = file.readline()
        match = re.match(rb"\* \d+ FETCH \(UID (\d+) BODY\[\] \{(\d+)\}", line)
        if match:
            file.read(int(match[2]))
            got.add(int(match[1]))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    file.close()
    sock.close()
    (row,) = ended("ways-cut")
    recorded = kinds("ways-cut", "Large").get("body", set())
    point("cut off: what was received is recorded", got <= recorded, got, recorded)
    point("cut off: what did not go out is not", len(recorded) < 80, len(recorded))
    point("cut off: the session ended by disconnect",
          row and row["end_reason"] == "disconnect", row and row["end_reason"])


def pop3_cut_off():
    client = Pop3(BEN, session="ways-pop3-cut")
    client.text("RETR 1")
    client.text("RETR 2")
    client.drop()
    (row,) = ended("ways-pop3-cut")
    point("pop3 cut off: both messages are recorded",
          kinds("ways-pop3-cut") == {"body": {1, 2}}, kinds("ways-pop3-cut"))
    point("pop3 cut off: ended by disconnect",
          row and row["end_reason"] == "disconnect", row and row["end_reason"])


def by_url():
    client = Imap(ANNA, session="ways-url")
    client.command("SELECT INBOX")
    url = (f"{ANNA_URL}/INBOX/;UID=4;URLAUTH=user+anna%40example.org")
    answer = client.command(f'GENURLAUTH "{url}" INTERNAL')
    secret = re.search(rb'(imap://[^" ]*:internal:[0-9a-f]+)',
                       b" ".join(b"".join(parts) for parts in client.lines))
    if not secret:
        point("GENURLAUTH", False, answer, client.lines)
        return
    answer = client.command(f'URLFETCH "{secret[1].decode()}"')
    received = sum(len(part) for parts in client.lines for part in parts[1::2])
    client.logout()
    point("URLFETCH of an own message", answer.startswith("OK") and received > 0 and
          kinds("ways-url") == {"body": {4}}, answer, received, kinds("ways-url"))


def by_url_of_another():
    client = Imap(ANNA)
    url = (f"{ANNA_URL}/INBOX/;UID=5;URLAUTH=user+ben%40example.org")
    client.command(f'GENURLAUTH "{url}" INTERNAL')
    secret = re.search(rb'(imap://[^" ]*:internal:[0-9a-f]+)',
                       b" ".join(b"".join(parts) for parts in client.lines))
    client.logout()
    reader = Imap(BEN, session="ways-url-other")
    answer = reader.command(f'URLFETCH "{secret[1].decode()}"')
    received = sum(len(part) for parts in reader.lines for part in parts[1::2])
    reader.logout()
    rows = within(lambda: query(
        "SELECT account, real_user, owner, uids, kind FROM v_read "
        "WHERE service LIKE 'imap-urlauth%'"))
    if received == 0:
        rows = query("SELECT * FROM v_read WHERE session = 'ways-url-other'")
        point("URLFETCH of another's message delivered nothing, and is no read",
              not rows, answer, list(map(tuple, rows)))
        return
    # Dovecot does not tell plugins of its worker for whom it works: the read
    # stands in the owner's account, and the reader is "unknown".
    point("URLFETCH of another's message",
          [tuple(row) for row in rows] == [(ANNA, "unknown", ANNA, "5", "body")],
          answer, received, list(map(tuple, rows)))


def catenated():
    client = Imap(ANNA, session="ways-catenate")
    client.command("SELECT INBOX")
    answer = client.command('APPEND Copies CATENATE (URL "/INBOX/;UID=6")')
    client.logout()
    point("CATENATE copies its source", answer.startswith("OK") and
          kinds("ways-catenate") == {"copy": {6}}, answer, kinds("ways-catenate"))


def many():
    """A FETCH of very many messages is one row."""
    client = Imap(BEN, session="ways-many")
    client.command("SELECT Many")
    client.command("UID FETCH 1:* BODY.PEEK[]")
    count = len(client.uids())
    client.logout()
    rows = reads("ways-many")
    row = rows.get(("Many", "body"))
    point("3,000 messages are one row", count == 3000 and len(rows) == 1 and
          row["uids"] == "1:3000" and row["messages"] == 3000 and
          row["first_time"] == 3000, count, {key: tuple(r) for key, r in rows.items()})


def no_gaps():
    rows = query("SELECT * FROM v_gap")
    point("nothing of this left a gap", not rows, list(map(tuple, rows)))


for story in (pipelined, compressed, idle_then_read, hibernated, notified, by_url,
              by_url_of_another, catenated, cut_off, pop3_cut_off, many, no_gaps,
              reloaded):
    try:
        story()
    except (OSError, EOFError, AssertionError, TypeError) as error:
        point(story.__name__, False, repr(error))
finish()
