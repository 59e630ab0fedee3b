# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""The table of kinds in README.md, row by row through real commands: what the
client received is what the database says, by uid and by bytes. Everything is done
twice, the second time from Dovecot's cache."""

import itertools

from mailclient import Imap, Pop3
from record import ended, finish, kinds, point, reads

ANNA = "anna@example.org"
number = itertools.count(1)


def session_id():
    return f"kinds-{next(number)}"


# command, {kind: uids}, whether the bytes are those of the literals
IMAP = [
    ("UID FETCH 1:3 BODY[]", {"body": {1, 2, 3}}, True),
    ("UID FETCH 1:3 BODY.PEEK[]", {"body": {1, 2, 3}}, True),
    ("UID FETCH 4 RFC822", {"body": {4}}, True),
    ("UID FETCH 4 BODY.PEEK[TEXT]", {"body": {4}}, True),
    ("UID FETCH 5 RFC822.TEXT", {"body": {5}}, True),
    ("UID FETCH 2 BINARY.PEEK[]", {"body": {2}}, True),
    ("UID FETCH 7:8 BODY.PEEK[]<0.100>", {"body": {7, 8}}, True),
    ("UID FETCH 7 BODY.PEEK[]<50.100>", {"body": {7}}, True),
    ("UID FETCH 4 BODY.PEEK[1]", {"part": {4}}, True),
    ("UID FETCH 8 BODY[2]", {"part": {8}}, True),
    ("UID FETCH 4 BODY.PEEK[1.MIME]", {"part": {4}}, True),
    ("UID FETCH 4 BINARY.PEEK[2]", {"part": {4}}, True),
    ("UID FETCH 1:2 PREVIEW", {"part": {1, 2}}, False),
    ("UID FETCH 1:2 BODY.PEEK[HEADER]", {"header": {1, 2}}, True),
    ("UID FETCH 3 RFC822.HEADER", {"header": {3}}, True),
    ("UID FETCH 1:5 ENVELOPE", {"fields": {1, 2, 3, 4, 5}}, False),
    ("UID FETCH 1:5 BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)]",
     {"fields": {1, 2, 3, 4, 5}}, True),
    ("UID FETCH 6 BODY.PEEK[HEADER.FIELDS (X-SECRET)]", {"fields": {6}}, True),
    ("UID FETCH 6 BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT)]", {"fields": {6}}, True),
    ("UID FETCH 1:2 BODY", {"structure": {1, 2}}, False),
    ("UID FETCH 1:2 BODYSTRUCTURE", {"structure": {1, 2}}, False),
    ("UID FETCH 9 (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[])",
     {"fields": {9}, "structure": {9}, "body": {9}}, False),
    ("FETCH 3 ALL", {"fields": {3}}, False),
    ("FETCH 3 FULL", {"fields": {3}, "structure": {3}}, False),
    ('UID SEARCH TEXT "message 2 in"', {"search": {2}}, False),
    ('SEARCH BODY "message 3 in"', {"search": {3}}, False),
    ('UID SEARCH SUBJECT "Message 5 of"', {"search": {5}}, False),
    ('UID SEARCH OR FROM "sender1@" SUBJECT "Message 3 of"',
     {"search": {1, 3, 8}}, False),
    ('UID SEARCH HEADER Message-ID "<4."', {"search": {4}}, False),
    ('UID SORT (SUBJECT) UTF-8 TEXT "message 6 in"', {"search": {6}}, False),
    ('UID THREAD REFERENCES UTF-8 TEXT "message 7 in"', {"search": {7}}, False),
    ("UID COPY 2:3 Copies", {"copy": {2, 3}}, False),
    ("COPY 9 Copies", {"copy": {9}}, False),
]

# Nothing of a message's content goes out.
IMAP_NOTHING = [
    "UID FETCH 1:* FLAGS",
    "FETCH 1:* UID",
    "UID FETCH 1:* (RFC822.SIZE INTERNALDATE MODSEQ)",
    "FETCH 1:* FAST",
    "STATUS INBOX (MESSAGES UNSEEN UIDNEXT)",
    'LIST "" "*" RETURN (STATUS (MESSAGES))',
    "UID SEARCH ALL",
    "UID SEARCH UNSEEN SINCE 1-Jan-2020 LARGER 10",
    "UID SORT (ARRIVAL) UTF-8 ALL",
    "UID STORE 1 +FLAGS.SILENT (\\Flagged)",
    "UID FETCH 1:* BINARY.SIZE[]",
    "UID FETCH 1:* SAVEDATE",
    "NOOP",
    "CHECK",
]

# Dovecot looks for an item by the letters its name begins with; some handlers read
# no further. What it does not refuse is what it shows; what it refuses ends nothing.
IMAP_ODD = [
    ("UID FETCH 1 ENVELOPE_X", {"fields": {1}}),
    ("UID FETCH 2 ENVELOPE[]", {"fields": {2}}),
    ("UID FETCH 3 BODYSTRUCTURE[HEADER]", {"structure": {3}}),
    ("UID FETCH 4 PREVIEW_X", {"part": {4}}),
    ("UID FETCH 1 BODY_X", {}),
    ("UID FETCH 1 RFC822=X", {}),
    ("UID FETCH 1 BINARY!X[]", {}),
    ("UID FETCH 1 BODY_.X", {}),
]

POP3 = [
    ("RETR 2", {"body": {2}}),
    ("TOP 3 5", {"part": {3}}),
    ("TOP 4 0", {"header": {4}}),
]
POP3_NOTHING = ["STAT", "LIST", "UIDL", "LIST 2", "UIDL 2", "NOOP", "CAPA"]


def imap_session(command, examine):
    session = session_id()
    client = Imap(ANNA, session=session)
    client.command("EXAMINE INBOX" if examine else "SELECT INBOX")
    answer = client.command(command)
    received = client.literal_bytes()
    client.logout()
    return session, answer, received


def imap_rows(turn):
    for command, expected, exact in IMAP:
        session, answer, received = imap_session(command, turn == "cached")
        got = kinds(session)
        point(f"imap {turn}: {command}",
              answer.startswith("OK") and got == expected, answer, got)
        if exact:
            (row,) = reads(session).values()
            point(f"imap {turn}: bytes of {command}", row["bytes"] == received,
                  row["bytes"], received)


def imap_nothing():
    session = session_id()
    client = Imap(ANNA, session=session)
    client.command("SELECT INBOX")
    for command in IMAP_NOTHING:
        answer = client.command(command)
        if not answer.startswith("OK"):
            point(f"imap: {command}", False, answer)
    client.logout()
    got = reads(session)
    point("imap: " + ", ".join(c.split(" ")[0] for c in IMAP_NOTHING) +
          " are no reads", not got, list(got))


def imap_odd():
    for command, expected in IMAP_ODD:
        session = session_id()
        client = Imap(ANNA, session=session)
        client.command("EXAMINE INBOX")
        client.command("UID FETCH 9 BODY.PEEK[]")
        try:
            answer = client.command(command)
            client.logout()
        except EOFError as error:
            answer = str(error)
        got = kinds(session)
        wanted = {"body": {9}, **(expected if answer.startswith("OK") else {})}
        point(f"imap: {command} is what it shows",
              answer.startswith("OK" if expected else "BAD") and got == wanted, answer, got)


def fields_are_told_apart():
    for items, wide in (("SUBJECT FROM DATE", 0), ("SUBJECT X-SECRET", 1)):
        session, _, _ = imap_session(
            f"UID FETCH 1 BODY.PEEK[HEADER.FIELDS ({items})]", False)
        row = reads(session).get(("INBOX", "fields"))
        point(f"imap: HEADER.FIELDS ({items}) is {'more than' if wide else ''}"
              " what a list needs", row and row["fields_wide"] == wide and
              set(items.lower().split()) <= set(row["fields"].split()),
              row and tuple(row))


def move():
    session = session_id()
    client = Imap(ANNA, session=session)
    client.command("SELECT Copies")
    answer = client.command("UID MOVE 1 Moved")
    client.logout()
    point("imap: MOVE is a copy", kinds(session, "Copies") == {"copy": {1}},
          answer, kinds(session, "Copies"))


def pop3_rows():
    for command, expected in POP3:
        session = session_id()
        client = Pop3(ANNA, session=session)
        answer, size = client.text(command)
        client.quit()
        rows = reads(session)
        got = kinds(session)
        point(f"pop3: {command}", got == expected, answer, got)
        point(f"pop3: bytes of {command}",
              [row["bytes"] for row in rows.values()] == [size],
              [row["bytes"] for row in rows.values()], size)


def pop3_nothing():
    session = session_id()
    client = Pop3(ANNA, session=session)
    for command in POP3_NOTHING:
        if command in ("LIST", "UIDL", "CAPA"):
            client.text(command)
        else:
            client.command(command)
    client.quit()
    point("pop3: sizes, UIDL and Dovecot's own scan are no reads",
          not reads(session), list(reads(session)))


def session_facts():
    session = session_id()
    client = Imap(ANNA, ip="192.0.2.61", session=session, client="Some Client")
    client.command("SELECT INBOX")
    client.command("UID FETCH 1 BODY.PEEK[]")
    client.logout()
    (row,) = ended(session)
    for column, value in (
            ("account", ANNA), ("service", "imap"), ("method", "PLAIN"),
            ("ip", "192.0.2.61"), ("proxy_ip", "127.0.0.1"), ("country", "FR"),
            ("asn", 64496), ("client", "Some Client"), ("end_reason", "logout"),
            ("tls", 0), ("bodies", 1), ("local_ip", "127.0.0.1")):
        point(f"session: {column} is {value}", row[column] == value, row[column])


imap_rows("fresh")
imap_rows("cached")
imap_nothing()
imap_odd()
fields_are_told_apart()
move()
pop3_nothing()
pop3_rows()
session_facts()
finish()
