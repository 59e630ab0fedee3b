# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""Who read whose mail: shared and public folders, master users; and names that
would like to be more than names."""

import json
import subprocess

from mailclient import Imap, Pop3
from record import DIR, ended, finish, kinds, point, query, reads, within

ANNA, BEN = "anna@example.org", "ben@example.org"
EVIL = b"evil\x1b[31m\xe2\x80\xaetxt"


def doveadm(*args):
    return subprocess.run([f"{DIR}/doveadm", *args], timeout=30, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def report(*args):
    """What a report says; Dovecot's warnings are not part of it."""
    return json.loads(subprocess.run([f"{DIR}/doveadm", "-f", "json", "audit", *args],
                                     timeout=30, check=False,
                                     stdout=subprocess.PIPE).stdout)


def shared():
    owner = Imap(ANNA)
    answer = owner.command(f"SETACL INBOX {BEN} lrs")
    owner.command(f"SETACL Quiet {BEN} lrs")
    owner.logout()
    reader = Imap(BEN, session="who-shared")
    box = f"shared/{ANNA}/INBOX"
    chosen = reader.command(f'SELECT "{box}"')
    reader.command("UID FETCH 2:4 BODY.PEEK[]")
    got = reader.uids()
    reader.logout()
    rows = reads("who-shared")
    row = rows.get((box, "body"))
    point("shared folder: the reader is who logged in, the owner is kept",
          got == [2, 3, 4] and row and row["uids"] == "2:4" and
          row["account"] == BEN and row["owner"] == ANNA,
          answer, chosen, got, {key: tuple(r) for key, r in rows.items()})


def shared_in_reports():
    """Of what shared() did: it is in the owner's account as in the reader's."""
    box = f"shared/{ANNA}/INBOX"
    ended("who-shared")
    seen = query("SELECT account, messages, first_time FROM v_read"
                 " WHERE session = 'who-shared' AND kind = 'body'")
    bodies = [row["bodies"] for row in ended("who-shared")]
    point("shared folder: counted with the reader", bodies == [3] and
          [tuple(row) for row in seen] == [(BEN, 3, 3)],
          bodies, [tuple(row) for row in seen])
    for account, place in ((BEN, f"{box}:2"), (ANNA, "INBOX:2")):
        rows = report("who-read", "--account", account, place)
        got = [(row["account"], row["session"], row["owner"], row["mailbox"])
               for row in rows if row["what"] == "read"]
        found = [(row["owner"], row["note"]) for row in rows if row["what"] == "message"]
        point(f"who-read --account {account} {place}",
              got == [(BEN, "who-shared", ANNA, box)], rows)
        point("… finds the message with its owner",
              found == [(ANNA, "recorded, and in the mailbox")], found)
    for place in (b"\xff\xfe:1", b"a\xc3:1", "&AB:1", "../../etc:1", "/:1", "Nowhere:1",
                  "shared/nobody/INBOX:1", "shared/:1", "x" * 400 + ":1", "a\nb:1"):
        rows = report("who-read", "--account", ANNA, place)
        point(f"who-read of no place: {place[:30]!r}",
              [row["what"] for row in rows][:1] == ["unknown"], rows)
    rows = report("scope", "who-shared")
    got = sorted(row["uids"] for row in rows if row["what"] == "message" and
                 row["owner"] == ANNA and row["mailbox"] == box and row["message_id"])
    point("scope: the messages of the shared folder, by name", got == ["2", "3", "4"], rows)
    told = doveadm("audit", "export", "account", ANNA).decode()
    others = told.partition('"read-by-others"')[2].partition("]}")[0]
    point("export account: the owner is told who else read there", BEN in others, others)


def public():
    reader = Imap(BEN, session="who-public")
    chosen = reader.command("SELECT Public/News")
    reader.command("UID FETCH 1:2 BODY.PEEK[]")
    got = reader.uids()
    reader.logout()
    row = reads("who-public").get(("Public/News", "body"))
    point("public folder: recorded for the reader", got == [1, 2] and row and
          row["uids"] == "1:2" and row["account"] == BEN and row["owner"] != ANNA,
          chosen, got, row and tuple(row))


def search_names():
    """A search may be the first that is told of a mailbox, also one that finds nothing."""
    client = Imap(BEN, session="who-search")
    boxes = {("Quiet", BEN), (f"shared/{ANNA}/Quiet", ANNA)}
    for name, _ in sorted(boxes):
        client.command(f'SELECT "{name}"')
        client.command('UID SEARCH TEXT "nowhere to be found"')
    client.logout()
    named = lambda: {(row["mailbox"], row["owner"], row["hits"]) for row in query(
        "SELECT mailbox, owner, hits FROM v_search WHERE session = 'who-search'")}
    wanted = {box + (0,) for box in boxes}
    point("a search that finds nothing names the mailbox and its owner",
          within(lambda: named() == wanted), named())
    client = Imap(BEN, session="who-after-search")
    client.command("SELECT Quiet")
    client.command("UID FETCH 1 BODY.PEEK[]")
    client.logout()
    point("… and so does what is read there later",
          ("Quiet", "body") in reads("who-after-search"), list(reads("who-after-search")))


def master():
    for name, client in (("imap", Imap(f"{ANNA}*admin", session="who-master-imap")),
                         ("pop3", Pop3(f"{ANNA}*admin", session="who-master-pop3"))):
        if name == "imap":
            client.command("SELECT INBOX")
            client.command("UID FETCH 5 BODY.PEEK[]")
            client.logout()
        else:
            client.text("RETR 5")
            client.quit()
        (row,) = ended(f"who-master-{name}")
        point(f"master user ({name}): both names", row and row["account"] == ANNA and
              row["real_user"] == "admin", row and tuple(row))
        point(f"master user ({name}): what he read",
              kinds(f"who-master-{name}") == {"body": {5}}, kinds(f"who-master-{name}"))


def clean(output):
    text = output.decode("utf-8")           # must be UTF-8 as a whole
    return not any(ord(c) < 32 and c not in "\n\t\f" or 0x7f <= ord(c) < 0xa0 or
                   c in "\u202e\u2028\u2029\u200f" for c in text)


def hostile_names():
    client = Imap(ANNA, session="who-hostile")
    tag = client.start('ID ("name" {%d+}' % len(EVIL))
    client.send(EVIL + b")\r\n")
    client.until(tag)
    client.command("NOOP")
    client.command('SELECT "Bad&AAcAGyAu-Name"')
    client.command("UID FETCH 1:* BODY.PEEK[]")
    got = client.uids()
    client.logout()
    rows = query("SELECT * FROM v_read WHERE session = 'who-hostile'"
                 " AND kind = 'body'") if ended("who-hostile") else []
    point("a mailbox whose name has control characters is recorded", got == [1, 2, 3] and
          len(rows) == 1 and rows[0]["uids"] == "1:3" and "Bad" in rows[0]["mailbox"],
          got, list(map(tuple, rows)))
    (row,) = ended("who-hostile")
    point("so is a client of such a name", row and "evil" in (row["client"] or ""),
          row and row["client"])
    for form in ("table", "flow", "tab", "pager"):
        for verb in ("sessions", "reads", "scope"):
            output = doveadm("-f", form, "audit", verb, ANNA)
            shown = b"evil" if verb == "sessions" else b"Bad"
            point(f"audit {verb} -f {form} prints none of that",
                  shown in output and clean(output), output[:300])
    with open(f"{DIR}/log/dovecot.log", "rb") as log:
        raw = [line for line in log if b"access-audit" in line and b"\x1b" in line]
    point("nor do our log lines", not raw, raw[:3])


def odd_session_id():
    """A trusted peer chooses the session id; two sessions may have the same."""
    for uid in (1, 2):
        client = Imap(ANNA, session="who-twice")
        client.command("SELECT INBOX")
        client.command(f"UID FETCH {uid} BODY.PEEK[]")
        client.logout()
    uids = lambda: [row["uids"] for row in query(
        "SELECT uids FROM v_read WHERE session = 'who-twice' ORDER BY session_row")]
    point("two sessions with one id stay two", within(lambda: uids() == ["1", "2"]), uids())


for story in (shared, shared_in_reports, public, search_names, master, hostile_names,
              odd_session_id):
    try:
        story()
    except (OSError, EOFError, AssertionError, TypeError, ValueError) as error:
        point(story.__name__, False, repr(error))
finish()
