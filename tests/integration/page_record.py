"""Databases for test-page.sh: one large theft, names that are markup, nothing."""

import os
import sqlite3
import time

TOP = os.environ["AA_TOP"]
HOUR = 3600 * 1000
DAY = 24 * HOUR
EVIL = "\"><script>window.owned=1</script><img src=x onerror=\"window.owned=2\">"
# folder: messages of a theft of 100
FOLDERS = {"INBOX": 38, "Archives/2024": 31, "Archives/2025": 18, "Budget": 7, "Personnel": 4,
           "Sent": 2}


# As the service writes them.
REASONS = ("score 9.4, stopped from 7.0 on: place 3.0 device 1.2 cross-account 1.5 behaviour 3.7",
           "+3.7 bulk-read: 4120 messages of old mail read by unfamiliar sessions since yesterday, 4010 by this one",
           "+2.6 new-country: country BR never seen for this account, known to 2 of 1340 accounts",
           "+1.5 two-places: used from FR (AS64496) 12 minutes ago",
           "+1.2 new-client: client imaplib seen on 1 day for this account, familiar from 2, known to 1 of 1340 accounts",
           "+0.7 sprayed-source: logins to 15 or more other accounts failed from this address in 3 days",
           "+0.5 unusual-hour: 1 of 1200 sessions began around this hour of a workday",
           "quiet would have been up to 12 messages of old mail; new mail does not count")
GAPS = (("service-down", "the service did not run; open sessions report again what they did meanwhile, "
         "others are not recorded"),
        ("no-final-report", "the mail process is gone: after its last report it may have read what its lease allowed"),
        ("late-answer", "the session went on without an answer; what it read meanwhile was reported afterwards"),
        ("store-full", "the database was away for too long: sessions that ended meanwhile were given up"),
        ("restored", "another database was put in the place of this one; open sessions report again, "
         "what was over is not in it"))


class Record:
    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.execute("PRAGMA journal_mode = WAL")
        for name in ("schema", "views"):
            with open(f"{TOP}/sql/{name}.sql", encoding="utf-8") as file:
                self.db.executescript(file.read())
        self.now = int(time.time() * 1000)
        self.today = self.now // DAY
        self.put("alive", id=1, at_ms=self.now + HOUR, clean=0, run=1, ticket=1)

    def close(self):
        self.db.commit()
        self.db.close()

    def put(self, table, **row):
        self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES "
                        f"({', '.join('?' * len(row))})", list(row.values()))

    def account(self, number, name):
        self.put("account", id=number, name=name, first_ms=self.now - 90 * DAY,
                 last_ms=self.now, sessions=100, uid_known=0, uid=0)

    def session(self, number, account, age, lasted, **more):
        row = dict(session_id=f"session{number}/AAAB", service="imap", ip="192.0.2.17", client="Mail/1",
                   country="FR", network="AS64496", as_org="Home", standing="familiar",
                   end_reason="logout", action="none", enforced=0, incident_id=None)
        row.update(more)
        self.put("session", id=number, account_id=account, key=f"{number:032x}", tls=1, located=0,
                 lat=0, lon=0, radius_km=0, private_ip=0, confirmed=1, first_ms=self.now - age,
                 last_ms=self.now - age + lasted, end_ms=self.now - age + lasted, paused=0, bodies=1,
                 first_time_bodies=1, body_bytes=1, bytes_in=0, bytes_out=0, lease_granted=0,
                 lease_spent=0, unaudited_ms=0, seq=1, **row)

    def mailbox(self, number, name, owner):
        self.put("mailbox", id=number, guid=f"{number * 77:032x}", uidvalidity=1700000000 + number,
                 name=name, owner=owner)

    def read(self, session, mailbox, kind, name, first, last, age):
        count = last - first + 1
        self.put("read", session_id=session, mailbox_id=mailbox, kind=kind, name=name,
                 uids=f"{first}:{last}", messages=count, first_time=count, bytes=count * 4000,
                 first_ms=self.now - age, last_ms=self.now - age + HOUR, old_messages=0, fields_wide=0)

    def incident(self, number, account, **more):
        row = dict(state="open", action="stop", enforced=1, sessions=1, bodies=1, first_time_bodies=1,
                   network="AS64500", summary="bulk read")
        row.update(more)
        self.put("incident", id=number, ref=f"AA-{number}", account_id=account,
                 opened_ms=self.now - DAY, last_ms=self.now, **row)


def theft(record, percent):
    """Account 1, incident AA-17: percent × 100 messages in two sessions, in part twice."""
    owner = "anna@example.org"
    record.account(1, owner)
    for day in range(28):
        record.session(100 + day, 1, day * DAY + 3 * HOUR, HOUR)
        record.put("daily", account_id=1, day=record.today - day, bodies=20 + day % 9)
    for what, name in ((0, "FR"), (1, "AS64496"), (2, "mail")):
        record.put("known", account_id=1, what=what, name=name, days=28, first_day=record.today - 40,
                   last_day=record.today)
    abroad = dict(country="BR", network="AS64500", as_org="Rápida", client="imaplib", standing="unfamiliar",
                  incident_id=17, enforced=1)
    record.session(30, 1, 26 * HOUR, 5 * HOUR, ip="198.51.100.7", action="flag", **abroad)
    record.session(31, 1, 12 * HOUR, HOUR, ip="198.51.100.8", action="stop", **abroad)
    for number, (name, part) in enumerate(FOLDERS.items(), 1):
        count = part * percent
        record.mailbox(number, name, owner)
        record.read(30, number, "body", name, 1, count // 2, 26 * HOUR)
        record.read(31, number, "body", name, count // 2, count, 12 * HOUR)
        record.read(31, number, "fields", name, 1, count + 50, 12 * HOUR)
        record.db.executemany(
            "INSERT INTO message (mailbox_id, uid, message_id, mid, size, date_s) VALUES (?, ?, ?, 1, ?, ?)",
            # what was never handed out must not get into the page
            ((number, uid, f"{uid}.{number}@mail.example", 1000 + uid, record.now // 1000 - 86400 * (uid % 700))
             for uid in range(1, count + 9) if uid % 50))
    record.read(31, 1, "part", "INBOX", 3, 12, 12 * HOUR)
    record.incident(17, 1, sessions=2)
    record.put("verdict", id=1, session_id=31, at_ms=record.now - 12 * HOUR, action="stop", rule="bulk-read",
               reasons="\n".join(REASONS), mode="enforce", enforced=1, incident_id=17)
    for number, (cause, detail) in enumerate(GAPS, 1):
        record.put("gap", id=number, cause=cause, from_ms=record.now - (23 - number) * HOUR,
                   until_ms=record.now - (22 - number) * HOUR, sessions=number, messages=1200 + number, detail=detail)
    record.put("block", id=7, account=owner, network="AS64500", client="*", from_ms=record.now - 12 * HOUR,
               until_ms=record.now + 12 * HOUR, made_by="rule bulk-read", note="step 2 of 4: 24 h", incident_id=17)
    record.put("standing_order", id=8, kind="lock", account=owner, what="*", from_ms=record.now - 12 * HOUR,
               made_by="rule canary", note="a decoy was opened: AA-17", incident_id=17)
    record.put("search", session_id=31, mailbox_id=1, at_ms=record.now - 12 * HOUR, hits=1234,
               terms="", categories="credentials,finance")
    record.put("tombstone", what="read", from_key=1, to_key=10000, at_ms=record.now - 30 * DAY, why="age",
               rows=1500, made_by="service")
    record.put("chain", n=4711, at_ms=record.now - HOUR, rows=9, digest=bytes(32), hash=bytes(range(32)), kept=1,
               collected=0)
    record.put("chain", n=4712, at_ms=record.now, rows=9, digest=bytes(32), hash=bytes(32), kept=1,
               collected=0, open=1)


def hostile(record):
    """Account 2, incident AA-18: whatever a client, a user or a network may be called."""
    record.account(2, EVIL)
    record.session(40, 2, 20 * HOUR, HOUR, session_id="<i>\x1b[2J", country="<b", network="AS1\"><b>",
                   as_org="<svg onload=window.owned=4>", incident_id=18, ip="203.0.113.6",
                   client="<img src=x onerror=window.owned=5>\u202e{{page.kicker}}{n}")
    record.mailbox(20, "</script><script>window.owned=3</script>", EVIL)
    record.mailbox(21, "formula", "\u202emoc")
    record.read(40, 20, "body", "</script><script>window.owned=6</script><!--<script>", 1, 3, 20 * HOUR)
    record.read(40, 21, "body", "=HYPERLINK(\"http://evil.example\",\"x\")", 5, 9, 20 * HOUR)
    for uid, name in enumerate(("<script>window.owned=7</script>@x", "+cmd|' /C calc'!A1", "\t@SUM(1)"), 1):
        record.put("message", mailbox_id=20, uid=uid, message_id=name, mid=uid, size=10, date_s=1700000000)
    record.incident(18, 2, action="flag", enforced=0, country="<b", network="<i>", client="<img>",
                    summary=EVIL, finding="confirmed", decided_ms=record.now, decided_by="<u>eve</u>")
    record.put("verdict", id=3, session_id=40, at_ms=record.now - 19 * HOUR, action="flag", rule="<s>",
               reasons=EVIL + "\n\tx", mode="report", enforced=0, incident_id=18)
    record.put("search", session_id=40, mailbox_id=20, at_ms=record.now - 19 * HOUR, hits=1,
               terms="<script>window.owned=8</script>", categories="<x>")


def nothing(record):
    """Account 3, incident AA-19: no session, no read."""
    record.account(3, "nobody@example.org")
    record.incident(19, 3, action="flag", enforced=0)


def campaign(record):
    """Incident AA-20: one source, two accounts, a session from old log files."""
    record.account(4, "dora@example.org")
    record.incident(20, 0, kind="campaign", source="198.51.100.0/24", accounts=2)
    for account, part in (("dora@example.org", "came"), ("carl@example.org", "tried")):
        record.put("incident_account", incident_id=20, account=account, part=part,
                   first_ms=record.now - HOUR, last_ms=record.now)
    record.session(50, 4, HOUR, HOUR // 2, incident_id=20, origin="log", standing="unfamiliar")


def flood(record):
    """Account 5: a mail process that reports whatever it likes, again and again."""
    record.account(5, "flood@example.org")
    record.mailbox(22, "INBOX", "flood@example.org")
    for number in range(60, 90):
        record.session(number, 5, 2 * HOUR, HOUR)
        record.read(number, 22, "body", "INBOX", 1, 2 ** 32 - 1, 2 * HOUR)


def make(path, percent):
    record = Record(path)
    theft(record, percent)
    hostile(record)
    nothing(record)
    campaign(record)
    flood(record)
    record.close()
