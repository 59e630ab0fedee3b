# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""What an admin orders, verb by verb, with real clients; the owner's other session,
or another account's, goes on meanwhile."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request

from mailclient import Imap, Pop3
from record import DIR, ended, finish, point, query, service_pid, within

ANNA, BEN, CARL, DORA, ERIN, FRED, GINA, HUGO = (
    f"{name}@example.org" for name in ("anna", "ben", "carl", "dora", "erin", "fred",
                                       "gina", "hugo"))
HOME, ABROAD = "192.0.2.9", "198.51.100.7"
KICKED = "[ALERT] This session was ended by the administrator; reference kick-"
LOCKED = "[ALERT] This account is locked by its administrator; reference lock-"


def audit(*args):
    """Exit code, rows (or, if it failed, what it said) of doveadm audit."""
    done = subprocess.run([f"{DIR}/doveadm", "-f", "json", "audit", *args],
                          capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        return done.returncode, done.stderr
    return 0, json.loads(done.stdout or "[]")


def ordered(what, *args):
    """A verb that is to succeed: its result as text."""
    code, rows = audit(*args)
    point(what, code == 0, code, rows)
    return rows[0]["result"] if code == 0 and rows else str(rows)


def http(command, **params):
    request = urllib.request.Request(
        f"http://127.0.0.1:{os.environ['AA_HTTP_PORT']}/doveadm/v1",
        json.dumps([[command, params, "tag"]]).encode(),
        {"Content-Type": "application/json",
         "Authorization": "Basic ZG92ZWFkbTpzZWNyZXQ="})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)[0]


def select(account, ip=HOME, session=None, client=None, box="INBOX"):
    imap = Imap(account, ip=ip, session=session, client=client)
    imap.command(f"SELECT {box}")
    return imap


def lives(imap):
    """The next command is answered."""
    try:
        return imap.command("NOOP").startswith("OK")
    except (EOFError, OSError):
        return False


def last_words(imap):
    """Reads to the end of the connection: the BYE, or None."""
    try:
        while True:
            imap.untagged(imap.response())
    except (EOFError, OSError):
        return imap.bye


def idling(imap):
    imap.start("IDLE")
    assert imap.line().startswith(b"+")
    return imap


class Guest(Imap):
    """One that may be shown the door: a command's answer is the BYE then."""

    def command(self, text):
        try:
            return super().command(text)
        except (EOFError, OSError):
            return self.bye or ""


def refused(account, ip=HOME, session=None, client=None):
    """None if the account is let in, else the words of the refusal."""
    guest = Guest(account, ip=ip, session=session, client=client)
    if guest.logged_in.startswith("OK") and guest.command("NOOP").startswith("OK"):
        guest.logout()
        return None
    return guest.bye or guest.logged_in


def order_row(kind, account):
    rows = query("SELECT * FROM v_order WHERE kind = ? AND account = ?"
                 " ORDER BY order_row DESC LIMIT 1", kind, account)
    return dict(rows[0]) if rows else {}


# --- kick ---

def kick_one_session():
    one = idling(select(ANNA, session="kick-one"))
    other = select(ANNA, session="kick-other")
    within(lambda: query("SELECT 1 FROM v_session WHERE session = 'kick-one'"))
    answer = ordered("kick SESSION", "kick", "--by", "tester", "--note", "a note",
                     "kick-one")
    words = last_words(one)
    point("kick: an idle session ends with one clean BYE",
          words and words.startswith(KICKED) and "1 sessions ended" in answer,
          words, answer)
    point("kick: the account's other session goes on", lives(other))
    (row,) = ended("kick-one")
    point("kick: the end is on the record", row and
          (row["end_reason"], row["action"], row["enforced"]) == ("stopped", "stop", 1),
          row and tuple(row))
    row = order_row("kick", ANNA)
    point("kick: who did it stands in the store", row.get("made_by") == "tester" and
          row.get("what") == "kick-one" and row.get("note") == "a note", row)
    point("kick: nothing is an incident", not query("SELECT * FROM v_incident"))
    again = select(ANNA, session="kick-again")
    point("kick: it may log in again", lives(again))
    other.logout()
    again.logout()


def kick_in_a_fetch():
    imap = select(BEN, session="kick-fetch", box="Many")
    imap.start("UID FETCH 1:* BODY.PEEK[]")
    count = 0
    while count < 50:
        imap.untagged(imap.response())
        count = len(imap.fetched)
    began = time.monotonic()
    ordered("kick ACCOUNT", "kick", BEN)
    words = last_words(imap)
    point("kick in a FETCH: whole messages, then one clean BYE", words and
          words.startswith(KICKED) and 50 <= len(imap.fetched) < 20000,
          words, len(imap.fetched))
    print(f"# it ended {time.monotonic() - began:.2f} s after the verb was typed,"
          f" after {len(imap.fetched)} of 20000 messages")


def kick_in_a_long_literal():
    """The client does not read: no line can be said, the connection is cut."""
    imap = select(BEN, session="kick-literal", box="Huge")
    imap.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    imap.start("UID FETCH 1:* BODY.PEEK[]")
    imap.line()
    ordered("kick of a client that does not read", "kick", "kick-literal")
    (row,) = ended("kick-literal")
    point("kick in a literal that is not read: the session ends",
          row and row["end_reason"] == "stopped", row and tuple(row))
    imap.drop()


def kick_hibernated():
    imap = idling(select(CARL, session="kick-hibernated"))
    away = within(lambda: query(
        "SELECT 1 FROM v_session WHERE session = 'kick-hibernated' AND paused"))
    point("kick: the session hibernates", away)
    began = time.monotonic()
    answer = ordered("kick of who hibernates", "kick", CARL)
    words = last_words(imap)
    point("kick: who hibernates is woken up and ends, with one clean BYE",
          words and words.startswith(KICKED), words)
    print(f"# it ended {time.monotonic() - began:.2f} s after the verb was typed")
    point("kick: … and is counted", "1 sessions ended" in str(answer), answer)
    (row,) = ended("kick-hibernated")
    point("kick: … as one session", row and row["end_reason"] in ("stopped", "refused") and
          len(query("SELECT 1 FROM v_session WHERE session = 'kick-hibernated'")) == 1,
          row and tuple(row))


def kick_pop3():
    pop3 = Pop3(ANNA, ip=HOME, session="kick-pop3")
    pop3.command("STAT")
    within(lambda: query("SELECT 1 FROM v_session WHERE session = 'kick-pop3'"))
    ordered("kick of a POP3 session", "kick", "kick-pop3")
    words = pop3.line().decode()
    point("kick: POP3 ends with one clean -ERR", words.startswith("-ERR") and
          "ended by the administrator; reference kick-" in words, words)


def kick_errors():
    point("kick of nobody", audit("kick", "nobody@example.org")[0] == 68)
    point("kick of a session that is over", audit("kick", "kick-one")[0] == 68)
    point("kick without a name", audit("kick")[0] == 64)
    imap = idling(select(ANNA, session="kick-http"))
    within(lambda: query("SELECT 1 FROM v_session WHERE session = 'kick-http'"))
    answer = http("auditKick", target="kick-http")
    words = last_words(imap)
    point("kick over HTTP", answer[0] == "doveadmResponse" and words and
          words.startswith(KICKED), answer, words)
    point("kick over HTTP is by doveadm-http", within(
        lambda: order_row("kick", ANNA).get("made_by") == "doveadm-http"))


# --- lock ---

def lock_account():
    idle = idling(select(DORA, session="lock-idle"))
    local = select(DORA, ip="127.0.0.1", session="lock-local")
    asleep = idling(select(DORA, session="lock-asleep"))
    other = select(ANNA, session="lock-other")
    point("lock: a session hibernates", within(lambda: query(
        "SELECT 1 FROM v_session WHERE session = 'lock-asleep' AND paused")))
    awake = select(DORA, session="lock-awake")
    answer = ordered("lock", "lock", "--by", "tester", DORA)
    words = [last_words(awake), last_words(local)]
    words += [last_words(asleep), last_words(idle)]
    point("lock: all sessions of the account end, also a local one and who wakes up",
          all(text and text.startswith(LOCKED) for text in words), words, answer)
    point("lock: no login by password", (refused(DORA) or "").startswith(LOCKED))
    point("lock: … nor from this host",
          (refused(DORA, ip="127.0.0.1") or "").startswith(LOCKED))
    point("lock: … nor of a master user",
          (refused(f"{DORA}*admin") or "").startswith(LOCKED))
    pop3 = Pop3(DORA, ip=HOME)
    point("lock: … nor by POP3", pop3.logged_in.startswith("-ERR") and
          "is locked" in pop3.logged_in, pop3.logged_in)
    point("lock: another account goes on", lives(other))
    other.logout()
    (row,) = within(lambda: query("SELECT * FROM v_order WHERE kind = 'lock'"))
    point("lock: it stands in the store", (row["account"], row["made_by"], row["state"],
          row["until_ms"]) == (DORA, "tester", "active", None), tuple(row))
    point("lock: the refusals are on the record", within(lambda: query(
        "SELECT 1 FROM v_verdict WHERE account = ? AND rule = 'lock' AND enforced", DORA)))
    point("lock: it is listed", [(row["kind"], row["account"]) for row in
                                 audit("orders")[1]] == [("lock", DORA)], audit("orders"))


def unlock_account():
    point("unlock over HTTP", http("auditUnlock", account=DORA)[0] == "doveadmResponse")
    point("unlock: the account is let in again", refused(DORA) is None, refused(DORA))
    point("unlock: who lifted it stands in the store", within(
        lambda: order_row("lock", DORA).get("lifted_by") == "doveadm-http"))
    point("unlock of what is not locked", audit("unlock", DORA)[0] == 68)


def lock_for_a_moment():
    ordered("lock for 2 s", "lock", "--for", "2s", DORA)
    point("lock with an end: refused before", (refused(DORA) or "").startswith(LOCKED))
    point("lock with an end: it ends by itself", within(lambda: refused(DORA) is None))
    point("lock with an end: … as the store says", within(
        lambda: order_row("lock", DORA)["state"] == "expired") and
        not order_row("lock", DORA)["lifted_ms"], order_row("lock", DORA))


def lock_errors():
    answer = ordered("lock of a name nobody knows", "lock", "nobody@example.org")
    point("lock: … says so", "is the name right?" in answer, answer)
    ordered("unlock of it", "unlock", "nobody@example.org")
    point("lock of everybody", audit("lock", "*")[0] == 68)
    point("lock until yesterday", audit("lock", "--until", "yesterday", DORA)[0] == 64)
    point("lock with two ends",
          audit("lock", "--until", "2d", "--for", "1d", DORA)[0] == 64)
    point("lock until nonsense", audit("lock", "--until", "some day", DORA)[0] == 64)
    point("lock without an account", audit("lock")[0] == 64)


def block_hibernated():
    imap = idling(select(CARL, session="block-hibernated"))
    point("block: a session hibernates", within(lambda: query(
        "SELECT 1 FROM v_session WHERE session = 'block-hibernated' AND paused")))
    ordered("block of who hibernates", "block", CARL, "*")
    words = last_words(imap)
    point("block: who hibernates is woken up and refused",
          words and "is blocked by the mail server's audit until 20" in words, words)
    (row,) = within(lambda: query(
        "SELECT block FROM v_block_active WHERE account = ?", CARL))
    ordered("unblock", "unblock", str(row["block"]))


def kick_hibernated_that_the_service_has_forgotten():
    imap = idling(select(CARL, session="kick-forgotten"))
    other = idling(select(ERIN, session="kick-no-other"))
    point("kick: two sessions hibernate", within(lambda: len(query(
        "SELECT 1 FROM v_session WHERE paused AND"
        " session IN ('kick-forgotten', 'kick-no-other')")) == 2))
    pid = service_pid()
    os.kill(pid, signal.SIGKILL)
    within(lambda: service_pid() not in (None, pid) and audit("status")[0] == 0)
    ordered("kick by another process of the service", "kick", CARL)
    words = last_words(imap)
    point("kick: the hibernated session ends all the same",
          words and words.startswith(KICKED), words)
    other.send(b"DONE\r\n")
    point("kick: another account that hibernates goes on", lives(other))
    other.logout()


STORIES = [kick_one_session, kick_in_a_fetch, kick_in_a_long_literal, kick_hibernated,
           block_hibernated, kick_hibernated_that_the_service_has_forgotten, kick_pop3,
           kick_errors, lock_account, unlock_account, lock_for_a_moment, lock_errors]

# --- allow ---

def standing(session):
    rows = query("SELECT standing FROM v_session WHERE session = ?", session)
    return rows[0]["standing"] if rows else None


def allow_account():
    home = select(FRED, session="allow-home", client="Mail/1")
    home.command("UID FETCH 58:60 BODY.PEEK[]")
    home.logout()
    abroad = select(FRED, ip=ABROAD, session="allow-live", client="Odd/1")
    point("allow: without it the session is a stranger's",
          within(lambda: standing("allow-live") == "unfamiliar"), standing("allow-live"))
    answer = ordered("allow ACCOUNT NETWORK", "allow", "--by", "tester", "--for", "1h",
                     FRED, "198.51.100.0/24")
    point("allow: a live session is looked at anew", "1 live sessions" in answer and
          within(lambda: standing("allow-live") == "allowed"), answer,
          standing("allow-live"))
    abroad.command("UID FETCH 1:60 BODY.PEEK[]")
    point("allow: it reads all it likes", len(abroad.uids()) == 60, abroad.uids())
    abroad.logout()
    ordered("block of an account that is allowed", "block", FRED, "*")
    ordered("lock of an account that is allowed", "lock", FRED)
    point("allow beats block and lock", refused(FRED, ip=ABROAD) is None)
    point("allow: … only there", (refused(FRED) or "").startswith(LOCKED))
    ordered("unlock", "unlock", FRED)
    point("allow: block beats no allowance", "is blocked" in (refused(FRED) or ""),
          refused(FRED))
    ordered("allow --remove", "allow", "--remove", FRED, "198.51.100.0/24")
    point("allow: without it the block is met", "is blocked" in (
        refused(FRED, ip=ABROAD) or ""), refused(FRED, ip=ABROAD))
    (row,) = within(lambda: query(
        "SELECT block FROM v_block_active WHERE account = ?", FRED))
    ordered("unblock", "unblock", str(row["block"]))
    point("unblock: the account is let in", refused(FRED) is None)
    point("allow: what was removed stays on the record",
          order_row("allow", FRED)["state"] == "lifted" and
          order_row("allow", FRED)["made_by"] == "tester", order_row("allow", FRED))


def allow_all_of_an_account():
    ordered("lock", "lock", FRED)
    ordered("allow ACCOUNT", "allow", FRED)
    point("allow: an account anywhere", refused(FRED) is None)
    answer = ordered("lock of who is allowed anywhere", "lock", FRED)
    point("lock: … says that it does nothing", "comes first" in answer, answer)
    point("allow --remove over HTTP", http("auditAllow", account=FRED, remove=True)[0] ==
          "doveadmResponse")
    point("allow: … and the lock holds", (refused(FRED) or "").startswith(LOCKED))
    ordered("unlock", "unlock", FRED)
    ordered("allow everybody in a network", "allow", "--for", "1h", "*", "AS64500")
    point("allow: it is listed", [row["account"] for row in audit("orders")[1]
                                  if row["kind"] == "allow"] == ["*"])
    ordered("allow --remove of it", "allow", "--remove", "*", "AS64500")
    point("allow of everybody everywhere", audit("allow", "*")[0] == 68)
    point("allow of no network", audit("allow", FRED, "no network")[0] == 64)
    point("allow --remove of nothing", audit("allow", "--remove", FRED)[0] == 68)


# --- travel ---

def travel():
    place = query("SELECT DISTINCT country FROM v_session WHERE ip = ?", ABROAD)
    country = place[0]["country"]
    live = select(FRED, ip=ABROAD, session="travel-live", client="Mail/1")
    point("travel: without it the session is a stranger's",
          within(lambda: standing("travel-live") == "unfamiliar"), standing("travel-live"))
    answer = ordered("travel", "travel", "--country", country.lower(), "--until",
                     "tomorrow", "--by", "tester", FRED)
    point("travel: a live session is looked at anew", "1 live sessions" in answer and
          within(lambda: standing("travel-live") == "familiar"), answer,
          standing("travel-live"))
    odd = select(FRED, ip=ABROAD, session="travel-odd", client="Odd/9")
    point("travel: an unknown device is a stranger's there, too",
          within(lambda: standing("travel-odd") == "unfamiliar"), standing("travel-odd"))
    odd.logout()
    live.command("UID FETCH 1:60 BODY.PEEK[]")
    point("travel: old mail is read as at home", len(live.uids()) == 60, live.bye)
    live.logout()
    rows = audit("travel", FRED)[1]
    point("travel: it is listed", [(row["what"], row["made_by"]) for row in rows] ==
          [(country, "tester")], rows)
    point("travel --remove over HTTP", http("auditTravel", account=FRED, remove=True)[0] ==
          "doveadmResponse")
    point("travel: none is listed", audit("travel", FRED)[1] == [], audit("travel", FRED))


def travel_errors():
    point("travel to no country", audit("travel", "--country", "Italy", "--for", "1d",
                                        FRED)[0] == 64)
    point("travel to the UK", audit("travel", "--country", "UK", "--for", "1d", FRED)[0] == 64)
    point("travel without an end", audit("travel", "--country", "IT", FRED)[0] == 64)
    point("travel of nobody", audit("travel", "--country", "IT", "--for", "1d")[0] == 64)
    point("travel --remove of none", audit("travel", "--remove", FRED)[0] == 68)
    point("travel that is over", audit("travel", "--country", "IT", "--until",
                                       "2020-01-01", FRED)[0] == 64)


# --- accept and confirm ---

def incident_of(account):
    rows = query("SELECT * FROM v_incident WHERE account = ?"
                 " ORDER BY incident_row DESC LIMIT 1", account)
    return dict(rows[0]) if rows else {}


def steal(account, session):
    """The owner at home first; then somebody abroad until he is stopped."""
    home = select(account, session=f"{session}-home", client="Mail/1")
    home.command("UID FETCH 58:60 BODY.PEEK[]")
    within(lambda: query("SELECT 1 FROM v_known WHERE account = ?", account))
    thief = select(account, ip=ABROAD, session=session, client="Odd/1")
    tag = thief.start("UID FETCH 1:40 BODY.PEEK[]")
    words = last_words(thief)
    point(f"{session}: who reads much abroad is stopped",
          words and "AA-" in words, words, tag)
    ended(session)
    return home


def accept_incident():
    home = steal(GINA, "accept-thief")
    incident = within(lambda: incident_of(GINA))["incident"]
    point("accept: before it the place is blocked",
          "AA-" in (refused(GINA, ip=ABROAD, client="Odd/1") or ""))
    answer = ordered("accept INCIDENT", "accept", "--by", "tester", incident)
    point("accept: the block is lifted", "1 blocks lifted" in answer and within(
        lambda: not query("SELECT 1 FROM v_block_active WHERE account = ?", GINA)), answer)
    row = within(lambda: incident_of(GINA)["state"] == "closed") and incident_of(GINA)
    point("accept: the incident is closed, by whom", row and (
        row["finding"], row["decided_by"]) == ("accepted", "tester") and
          row["decided_ms"], row)
    again = select(GINA, ip=ABROAD, session="accept-again", client="Odd/1")
    again.command("UID FETCH 1:60 BODY.PEEK[]")
    point("accept: it is familiar at once, and reads all", len(again.uids()) == 60 and
          within(lambda: standing("accept-again") == "familiar"),
          len(again.uids()), standing("accept-again"), again.bye)
    again.logout()
    point("accept: no other incident", incident_of(GINA)["incident"] == incident)
    known = {(row["what"], row["name"]): row["days"] for row in query(
        "SELECT what, name, days FROM v_known WHERE account = ?", GINA)}
    network = query("SELECT network FROM v_session WHERE session = 'accept-thief'")[0][0]
    point("accept: place and client are in the store",
          known.get(("network", network), 0) >= 1 and known.get(("client", "odd"), 0) >= 1,
          known)
    point("accept: the owner's other session goes on", lives(home))
    home.logout()


def accept_session():
    home = select(HUGO, session="accept-session-home", client="Mail/1")
    home.command("UID FETCH 58:60 BODY.PEEK[]")
    within(lambda: query("SELECT 1 FROM v_known WHERE account = ?", HUGO))
    live = select(HUGO, ip="203.0.113.40", session="accept-live", client="New/1")
    point("accept: a session that is a stranger's",
          within(lambda: standing("accept-live") == "unfamiliar"), standing("accept-live"))
    answer = http("auditAccept", target="accept-live")
    point("accept SESSION over HTTP", answer[0] == "doveadmResponse", answer)
    point("accept: the live session is familiar", within(
        lambda: standing("accept-live") == "familiar"), standing("accept-live"))
    live.command("UID FETCH 1:60 BODY.PEEK[]")
    point("accept: … and reads all", len(live.uids()) == 60, live.bye)
    live.logout()
    home.logout()
    point("accept of nothing", audit("accept", "AA-999")[0] == 68)
    point("accept of an account", audit("accept", HUGO)[0] == 68)


def confirm_incident():
    home = steal(HUGO, "confirm-thief")
    incident = within(lambda: incident_of(HUGO))["incident"]
    answer = ordered("confirm", "confirm", "--by", "tester", incident)
    (block,) = within(lambda: query(
        "SELECT * FROM v_block_active WHERE account = ? AND made_by = 'tester'",
        HUGO)) or [None]
    point("confirm: blocked until it is lifted, in the name of who did it",
          block and block["client"] == "*" and block["incident"] == incident and
          block["until_ms"] > (time.time() + 9 * 365 * 86400) * 1000, answer,
          block and tuple(block))
    point("confirm: no other client gets in from there",
          "AA-" in (refused(HUGO, ip=ABROAD, client="Other/7") or ""))
    point("confirm: the owner's other session goes on", lives(home))
    point("confirm: the account is not locked by default", refused(HUGO) is None)
    home.logout()
    row = within(lambda: incident_of(HUGO)["finding"] == "confirmed") and incident_of(HUGO)
    point("confirm: the incident says so, and stays open", row and (
        row["state"], row["decided_by"]) == ("open", "tester"), row)
    answer = ordered("confirm again", "confirm", incident)
    point("confirm again: nothing more", "before" in answer, answer)
    rows = audit("incidents", HUGO)[1]
    shown = {row["what"]: row["text"] for row in audit("incidents", "show", incident)[1]}
    point("incidents show: the story, what was done, what is next",
          shown["account"] == HUGO and "confirmed by tester" in shown["incident"] and
          shown["block"].startswith("block ") and "doveadm audit" in shown["next"], shown)
    answer = http("auditIncidentsShow", target=incident)
    point("incidents show over HTTP", answer[0] == "doveadmResponse" and
          answer[1][0]["what"] == "incident", answer)
    point("incidents shows the finding", rows[0]["finding"] == "confirmed", rows)


def close_and_reopen():
    incident = incident_of(HUGO)["incident"]
    ordered("incidents close", "incidents", "close", "--by", "closer", incident)
    point("close: it is closed, by whom", within(lambda: (
        incident_of(HUGO)["state"], incident_of(HUGO)["decided_by"]) ==
        ("closed", "closer")), incident_of(HUGO))
    point("close: its blocks stay", query(
        "SELECT 1 FROM v_block_active WHERE account = ?", HUGO))
    point("incidents reopen over HTTP", http("auditIncidentsReopen", target=incident)[0] ==
          "doveadmResponse")
    point("reopen: it is open, without a finding", within(lambda: (
        incident_of(HUGO)["state"], incident_of(HUGO)["finding"]) == ("open", "none")),
        incident_of(HUGO))
    point("close of nothing", audit("incidents", "close", "AA-999")[0] == 68)
    point("close without a name", audit("incidents", "close")[0] == 64)


def confirm_locks():
    home = select(HUGO, session="confirm-lock-home", client="Mail/1")
    answer = ordered("confirm with access_audit_lock_on_confirm", "confirm",
                     incident_of(HUGO)["incident"])
    words = last_words(home)
    point("confirm: … locks the account", words and words.startswith(LOCKED) and
          "1 accounts locked" in answer, words, answer)
    point("confirm: … and says for which incident", within(
        lambda: order_row("lock", HUGO).get("incident") == incident_of(HUGO)["incident"]),
        order_row("lock", HUGO))
    ordered("unlock", "unlock", HUGO)


# --- test ---

def tried(account, ip, client):
    code, rows = audit("test", "--ip", ip, "--client", client, account)
    return {row["step"]: row["found"] for row in rows} if code == 0 else rows


def test_steps():
    before = query("SELECT count(*) FROM v_session")[0][0]
    home = select(GINA, session="test-home", client="Mail/1")
    home.command("UID FETCH 58:60 BODY.PEEK[]")
    home.logout()
    within(lambda: query("SELECT 1 FROM v_known WHERE account = ?", GINA))
    answer = tried(GINA, HOME, "Mail/1")
    point("test: the owner at home", answer["outcome"] == "let in as familiar" and
          answer["block"] == "no" and answer["lock"] == "no", answer)
    answer = tried(GINA, ABROAD, "Odd/1")
    point("test: a stranger, and how much it may read", answer["outcome"] ==
          "let in as unfamiliar; stopped after 30 messages of old mail", answer)
    country = answer["place"].split()[0]
    ordered("travel", "travel", "--country", country, "--for", "1h", GINA)
    answer = tried(GINA, ABROAD, "Mail/1")
    point("test: a traveller", answer["outcome"] == "let in as familiar" and
          answer["travel"].startswith("announced"), answer)
    code, rows = audit("block", GINA, "*")
    block = str(rows[0]["block"])
    answer = tried(GINA, HOME, "Mail/1")
    point("test: block before travel", answer["outcome"] == "refused: blocked" and
          answer["block"].startswith(f"block {block} ") and "travel" not in answer, answer)
    ordered("lock", "lock", GINA)
    answer = tried(GINA, HOME, "Mail/1")
    point("test: lock before block", answer["outcome"] == "refused: the account is locked"
          and "block" not in answer, answer)
    ordered("allow", "allow", GINA, "192.0.2.0/24")
    answer = tried(GINA, HOME, "Mail/1")
    point("test: allow-list before lock", answer["outcome"] == "let in, and never judged"
          and "lock" not in answer, answer)
    point("test: as it really is", refused(GINA) is None)
    for undo in (("allow", "--remove", GINA), ("unlock", GINA), ("unblock", block),
                 ("travel", "--remove", GINA)):
        ordered(f"undo {undo[0]}", *undo)
    answer = http("auditTest", account=GINA, ip=ABROAD, client="Odd/1")
    point("test over HTTP", answer[0] == "doveadmResponse" and
          answer[1][-1]["step"] == "outcome", answer)
    point("test: nothing is recorded", query(
        "SELECT count(*) FROM v_session")[0][0] <= before + 2)
    point("test without an address", audit("test", GINA)[0] == 64)
    point("test from no address", audit("test", "--ip", "home", GINA)[0] == 64)


STORIES += [test_steps, accept_incident, accept_session, confirm_incident, close_and_reopen,
            allow_account, allow_all_of_an_account, travel, travel_errors]

# What holds after a restart.

def lock_before_restart():
    ordered("lock", "lock", "--note", "over the restart", ERIN)
    ordered("travel", "travel", "--country", "IT", "--for", "1h", ERIN)


def lock_after_restart():
    point("lock: it survives a restart", (refused(ERIN) or "").startswith(LOCKED))
    ordered("unlock after it", "unlock", ERIN)
    ordered("travel --remove after it", "travel", "--remove", "--country", "IT", ERIN)
    point("unlock: … and the account is let in", refused(ERIN) is None)


STORIES += [lock_before_restart]
if os.environ["AA_PART"] == "after":
    STORIES = [lock_after_restart, confirm_locks]

for story in STORIES:
    try:
        story()
    except (OSError, EOFError, AssertionError, TypeError, KeyError, IndexError,
            ValueError) as error:
        point(story.__name__, False, repr(error))
finish()
