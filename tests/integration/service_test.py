# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""service_test.py DIR: tries the service of the private Dovecot in DIR over its
sockets. Each test is a story of one account of its own; prints "ok - name" or
"not ok - name" for each and exits 1 if one failed."""

import base64
import errno
import http.client
import imaplib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import traceback
from random import Random

from service_peer import WAIT, Closed, Peer, now_ms

DAY_MS = 86400000
HOME, ABROAD, HOME_NET, ABROAD_NET = "192.0.2.10", "198.51.100.7", "AS64496", "AS64500"
# Where nobody else comes from: what is strange to many teaches nothing.
HOTEL, HOTEL_NET = "2001:db8:2::77", "AS64502"
# The messages of old mail with which a stranger is shown and stopped: see the
# policy in test-service.sh.
SHOWN, LIMIT = 17, 30
POLICY_KEY = "test-policy-key-0001"

dir_ = sys.argv[1]
mail_socket = f"{dir_}/base/access-audit"
admin_socket = f"{dir_}/base/access-audit-admin"


# --- the service and its database ---

def within(check, seconds=WAIT):
    """Tries until check() is true; its last answer."""
    end = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def master_pid():
    with open(f"{dir_}/base/master.pid") as file:
        return int(file.read())


def service_pids():
    """The children of this Dovecot's master that are the service."""
    pids = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                name, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "access-audit" and int(rest.split()[1]) == master_pid():
            pids.append(int(pid))
    return pids


def knock():
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.setblocking(False)
        return visitor.connect_ex(mail_socket) in (0, errno.EAGAIN)


def service_kill():
    (pid,) = service_pids()
    os.kill(pid, signal.SIGKILL)
    # After some deaths within one second Dovecot's master waits, and then starts
    # the service only when somebody asks for it, as mail processes do.
    assert within(lambda: knock() and [p for p in service_pids() if p != pid],
                  30), "no new service"


def sql(query, *values):
    database = sqlite3.connect(f"file:{dir_}/db/audit.sqlite?mode=ro", uri=True,
                               timeout=5)
    try:
        return database.execute(query, values).fetchall()
    finally:
        database.close()


def stored(query, *values):
    """Waits until the query finds exactly one row; returns it."""
    rows = within(lambda: (r := sql(query, *values)) and len(r) == 1 and r)
    assert rows, f"{query} {values}: {sql(query, *values)}"
    return rows[0]


def log_has(text):
    with open(f"{dir_}/log/dovecot.log", errors="replace") as file:
        return text in file.read()


def status():
    peer = Peer(admin_socket, service="doveadm")
    peer.say("STATUS")
    lines = {}
    while True:
        command, fields = peer.read()
        if command == "RESULT":
            return lines
        lines[fields["name"]] = fields["value"]


def admin(command, **fields):
    peer = Peer(admin_socket, service="doveadm")
    peer.say(command, **fields)
    return peer.expect("RESULT")


def live(account, rip, **fields):
    return Peer(mail_socket).login(account, rip, **fields)


def connected():
    """A connection, though the service may be about to hand over."""
    def connect():
        try:
            return Peer(mail_socket)
        except (Closed, OSError):
            return None
    return within(connect)


def raises_closed(action):
    try:
        action()
    except (Closed, AssertionError, BrokenPipeError, ConnectionResetError):
        return True
    return False


def tell_history(account, days=10, bodies=3, rip=HOME):
    """Ordinary life: a session a day, told by the admin afterwards. The owner has
    got to UID 5030, a week ago to about 5010."""
    peer = Peer(admin_socket, service="history")
    for day in range(days, 0, -1):
        at_ms = now_ms() - day * DAY_MS
        session = peer.login(account, rip, at_ms=at_ms, client="Thunderbird/115")
        first = 5001 + (days - day) * bodies
        session.read(f"{first}:{first + bodies - 1}", at_ms=at_ms + 60000)
        session.end(at_ms=at_ms + 120000)
    peer.close()


# --- the stories ---

def test_a_read_is_on_the_disk_when_it_is_acknowledged():
    session = live("reader", HOME)
    session.read("1:5,9", bytes=1234, oldest_s=1700000000, newest_s=1710000000)
    session.read("1:20", kind="fields", fields="from subject", wide=0)
    session.done()
    assert sql("SELECT uids, messages, bytes, first_time FROM v_read "
               "WHERE account = 'reader' AND kind = 'body'") == [("1:5,9", 6, 1234, 6)]
    assert sql("SELECT uids, first_time FROM v_read "
               "WHERE account = 'reader' AND kind = 'fields'") == [("1:20", 0)]
    session.end()
    assert sql("SELECT bodies, end_reason FROM v_session "
               "WHERE account = 'reader'") == [(6, "logout")]


def test_saying_it_again_changes_nothing():
    session = live("repeater", HOME)
    for _ in range(3):
        session.read("10:19", bytes=500)
        session.done()
    session.resume(Peer(mail_socket))
    session.read("10:19", bytes=500)
    session.end()
    # … and the whole session once more, after its end.
    session.resume(Peer(mail_socket))
    session.read("10:19", bytes=500)
    session.end()
    assert sql("SELECT s.bodies, s.first_time_bodies, r.messages, r.bytes, r.first_time "
               "FROM v_session s JOIN v_read r USING (session_row) "
               "WHERE s.account = 'repeater'") == [(10, 10, 10, 500, 10)]
    again = live("repeater", HOME)
    again.read("10:20")
    again.end()
    assert sql("SELECT sum(first_time) FROM v_read WHERE account = 'repeater'") == [(11,)]


def test_kill_9_in_the_middle_loses_nothing():
    session = live("survivor", HOME)
    session.read("1:50")
    session.done()
    session.read("51:60")
    service_kill()
    session.resume(Peer(mail_socket))
    assert session.verdict["action"] == "none"
    session.read("1:60")
    session.end()
    assert sql("SELECT s.bodies, s.first_time_bodies, r.uids "
               "FROM v_session s JOIN v_read r USING (session_row) "
               "WHERE s.account = 'survivor'") == [(60, 60, "1:60")]
    stored("SELECT 1 FROM gap WHERE cause = 'service-down' LIMIT 1")


def test_a_theft_is_stopped_to_the_message_and_blocked():
    tell_history("victim")
    owner = live("victim", HOME, client="Thunderbird/115")
    thief = live("victim", ABROAD, client="curl/8")
    assert thief.granted == 0, "an unfamiliar session begins with a lease"
    assert thief.download(1001, 1100) == LIMIT
    ref, = stored("SELECT ref FROM incident WHERE summary LIKE 'stopped: %' AND "
                  "account_id = (SELECT id FROM account WHERE name = 'victim')")
    thief.end(reason="stopped")
    back = live("victim", ABROAD, client="curl/8.1")
    assert back.verdict["action"] == "refuse" and back.verdict["ref"] == ref
    back.end(reason="refused")
    assert owner.download(2001, 2040) == 40, "the owner is kept from reading"
    owner.end()
    assert live("victim", HOME, client="Thunderbird/115").verdict["action"] == "none"
    assert log_has("access-audit: stop user=victim")
    assert sql("SELECT action, enforced FROM v_session WHERE account = 'victim' AND "
               "client = 'curl/8'") == [("stop", 1)]
    network, client = stored("SELECT network, client FROM v_block_active "
                             "WHERE account = 'victim'")
    assert (network, client) == (ABROAD_NET, "curl")


def test_who_asks_early_gets_not_one_message_more():
    tell_history("early-bird")
    thief = live("early-bird", ABROAD, client="curl/8")
    assert thief.download_in_one(1001, 1100) == LIMIT


def test_parallel_sessions_share_one_limit():
    tell_history("crowd")
    thieves = [live("crowd", f"198.51.100.{n}", client="curl/8") for n in range(1, 9)]
    for n in range(LIMIT):
        assert thieves[n % 8].download(1001 + n, 1001 + n) == 1, f"stopped after {n}"
    # All of them, at once.
    for n, thief in enumerate(thieves):
        if n == (LIMIT - 1) % 8:
            assert thief.ask()[0] == "STOP"     # it has read over its own
        else:
            thief.peer.expect("STOP", key=thief.key)
    assert len(sql("SELECT 1 FROM incident WHERE account_id = "
                   "(SELECT id FROM account WHERE name = 'crowd')")) == 1


def test_a_stranger_is_shown_before_it_is_stopped():
    tell_history("seen")
    thief = live("seen", ABROAD, client="curl/8")
    assert thief.download(1001, 1000 + SHOWN - 1) == SHOWN - 1
    assert sql("SELECT 1 FROM v_verdict WHERE account = 'seen'") == []
    assert thief.download(1000 + SHOWN, 1000 + SHOWN) == 1
    rule, reasons = stored("SELECT rule, reasons FROM v_verdict WHERE account = 'seen' "
                           "AND action = 'flag'")
    assert rule == "bulk-read"
    assert f"network {ABROAD_NET} never seen for this account" in reasons
    assert f"{SHOWN} messages of old mail" in reasons
    # Odd sessions teach nothing.
    thief.end()
    assert sql("SELECT days FROM v_known WHERE account = 'seen' AND name = ?",
               ABROAD_NET) == []


def test_new_mail_is_free_for_a_traveller_and_teaches():
    tell_history("traveller")
    session = live("traveller", HOTEL, client="Thunderbird/115")
    assert session.download(5031, 5100) == 70
    session.end()
    assert sql("SELECT standing, action FROM v_session WHERE account = 'traveller' "
               "ORDER BY session_row DESC LIMIT 1") == [("unfamiliar", "none")]
    assert sql("SELECT days FROM v_known WHERE account = 'traveller' AND name = ?",
               HOTEL_NET) == [(1,)]
    assert sql("SELECT odd_bodies, odd_stale FROM daily JOIN account ON "
               "account.id = account_id WHERE name = 'traveller' "
               "ORDER BY day DESC LIMIT 1") == [(70, 0)]


def test_where_the_owner_never_was_the_date_tells_what_is_old():
    tell_history("archive")
    thief = live("archive", ABROAD, client="curl/8")
    assert thief.download(1, 100, guid="b" * 32, old_messages=lambda n: n) == LIMIT
    stored("SELECT 1 FROM v_read WHERE account = 'archive' AND mailbox_guid = ? "
           "AND stale = ?", "b" * 32, LIMIT)


def test_what_the_owner_has_read_is_stolen_all_the_same():
    tell_history("known")
    owner = live("known", HOME, client="Thunderbird/115")
    owner.read("1001:1100")
    owner.end()
    assert live("known", ABROAD, client="curl/8").download(1001, 1100) == LIMIT


def test_a_source_that_sprayed_is_remembered_across_a_kill():
    source = "198.51.100.99"
    for n in range(5):
        policy_call("report", login=f"guess{n}", remote=source, success=False)
    stored("SELECT 1 FROM site WHERE key = ?", f"failed {source}")
    service_kill()
    tell_history("sprayed")
    assert live("sprayed", source, client="curl/8").download(1001, 1100) == LIMIT
    reasons, = stored("SELECT reasons FROM v_verdict WHERE account = 'sprayed' "
                      "AND action = 'stop'")
    assert "sprayed-source: logins to 5 other accounts failed" in reasons


def test_an_account_of_version_1_goes_on():
    """It has no text of its life; its sessions have no visit."""
    tell_history("elder")
    session = live("elder", HOME, client="Thunderbird/115")
    session.read("5031")
    session.done()
    assert status()["database_state"].startswith("ok")
    database = sqlite3.connect(f"{dir_}/db/audit.sqlite", timeout=WAIT)
    with database:
        database.execute("UPDATE account SET life = '' WHERE name = 'elder'")
        database.execute("UPDATE session SET visit = '' WHERE account_id = "
                         "(SELECT id FROM account WHERE name = 'elder')")
    database.close()
    service_kill()
    session.resume(Peer(mail_socket))
    session.read("5032")
    session.end()
    assert sql("SELECT standing, bodies, first_time_bodies FROM v_session WHERE "
               "account = 'elder' ORDER BY session_row DESC LIMIT 1") == \
        [("familiar", 2, 2)]
    assert live("elder", ABROAD, client="curl/8").download(1001, 1100) == LIMIT


def test_a_group_has_its_own_policy():
    tell_history("calm-one")
    assert live("calm-one", ABROAD, client="curl/8").download(1001, 1100) == 100
    assert sql("SELECT 1 FROM v_verdict WHERE account = 'calm-one'") == []


def test_a_bad_policy_file_is_told_with_its_line():
    path = f"{dir_}/policy"
    with open(path) as file:
        good = file.read()
    try:
        with open(path, "w") as file:
            file.write("flag_at = 6\nstop_at = never\n")
        os.kill(master_pid(), signal.SIGHUP)
        assert within(lambda: knock() and log_has(
            f'access_audit_policy_file {path}: line 2: stop_at "never"'))
    finally:
        with open(path, "w") as file:
            file.write(good)
        os.kill(master_pid(), signal.SIGHUP)
    # Dovecot waits a while before it starts a service again that died at once.
    assert within(lambda: knock() and connected(), 90)
    assert within(lambda: status()["database_read"] == "ok")


def engine_state(account):
    """What the engine has made of the account, without its times."""
    of = "JOIN account ON account.id = account_id WHERE account.name = ? "
    visits = sql(f"SELECT visit FROM session {of} ORDER BY session.id DESC LIMIT 2", account)
    return {
        "verdicts": sql("SELECT action, rule FROM v_verdict WHERE account = ? "
                        "ORDER BY verdict_row", account),
        "known": sql("SELECT what, known.name, days, fresh, stale, prefix_days FROM known "
                     f"{of} ORDER BY what, known.name", account),
        "daily": sql("SELECT day, bodies, stale, odd_bodies, odd_stale, headers FROM daily "
                     f"{of} ORDER BY day", account),
        "seen": sql(f"SELECT uids, strange, reach FROM seen {of}", account),
        "reads": sql("SELECT kind, uids, first_time, stale FROM v_read WHERE account = ? "
                     "ORDER BY session_row, kind", account),
        # How rare things are at the site changes from account to account.
        "visits": [[word for word in visit.split(";") if not word.startswith("part ")]
                   for visit, in visits],
    }


def live_and_steal(account, kills):
    """The owner reads new and old mail while a thief lists and reads, each other
    messages: who comes first is as it happens. After the steps in kills the
    service dies, having heard the report or not."""
    tell_history(account)
    owner = live(account, HOME, client="Thunderbird/115")
    thief = live(account, ABROAD, client="curl/8")
    for step in range(LIMIT + 1):
        said = [(owner, dict(uids=f"{5031 + step}")),
                (owner, dict(uids=f"{1001 + step}", kind="part")),
                (thief, dict(uids=f"{1001 + 5 * step}:{1005 + 5 * step}", kind="header")),
                (thief, dict(uids=f"{3001 + step}"))]
        for session, line in said:
            session.read(**line)
        for session in (owner, thief):
            session.close_report("DONE", granted=session.granted)
        if step in kills:
            service_kill()
            for session in (owner, thief):
                session.resume(Peer(mail_socket))
            # What is not acknowledged is said again, and more than that.
            for session, line in said + said[1:]:
                session.read(**line)
            for session in (owner, thief):
                session.close_report("DONE", granted=session.granted)
        for session in (owner, thief):
            session.acknowledged()
    owner.end()
    thief.end(reason="stopped")


def test_the_same_facts_give_the_same_verdicts_across_kills():
    live_and_steal("calm", ())
    live_and_steal("shaken", Random(20261126).sample(range(LIMIT + 1), 7))
    calm, shaken = engine_state("calm"), engine_state("shaken")
    for name, value in calm.items():
        assert shaken[name] == value, f"{name}: {shaken[name]}\nnot {value}"
    assert calm["verdicts"] == [("flag", "bulk-read"), ("stop", "bulk-read")], calm


def test_a_stop_reaches_the_other_sessions_of_the_tuple():
    tell_history("pair")
    idle = live("pair", ABROAD, client="curl/8")
    thief = live("pair", ABROAD, client="curl/8")
    assert thief.download(1001, 1100) == LIMIT
    idle.peer.expect("STOP", key=idle.key)


def test_a_client_that_names_itself_late_meets_its_block():
    tell_history("late")
    assert live("late", ABROAD, client="curl/8").download(1001, 1100) == LIMIT
    session = live("late", ABROAD)
    assert session.verdict["action"] == "none"
    session.peer.say("CLIENT", key=session.key, client="curl/9")
    session.peer.expect("STOP", key=session.key)


def test_a_stranger_that_names_itself_late_gives_back_the_owners_lease():
    tell_history("named")
    # The owner's provider, another line of it.
    session = live("named", "2001:db8:1::5", client="Thunderbird/115")
    assert session.granted > 1000
    session.peer.say("CLIENT", key=session.key, client="curl/9")
    session.peer.expect("LEASE", key=session.key, granted=0)
    assert session.ask()[0] == "LEASE" and 0 < session.granted <= 10
    session.end()
    assert sql("SELECT standing, lease_granted FROM v_session WHERE account = 'named' "
               "ORDER BY session_row DESC LIMIT 1") == [("unfamiliar", session.granted)]


def test_block_and_unblock_by_the_admin():
    session = live("blocked", ABROAD)
    made = admin("BLOCK", account="blocked", network=ABROAD_NET, by="root", note="trip")
    assert made["ok"] == "1"
    session.peer.expect("STOP", key=session.key)
    assert live("blocked", ABROAD).verdict["action"] == "refuse"
    assert live("blocked", HOME).verdict["action"] == "none"
    assert admin("UNBLOCK", id=made["id"], by="root")["ok"] == "1"
    assert admin("UNBLOCK", id=made["id"], by="root")["ok"] == "0"
    assert live("blocked", ABROAD).verdict["action"] == "none"
    assert admin("BLOCK", account="blocked", network="x y", by="root")["ok"] == "0"
    stored("SELECT 1 FROM block WHERE account = 'blocked' AND lifted_by = 'root' AND "
           "note = 'trip' AND lifted_ms IS NOT NULL")


def test_a_block_survives_a_restart_and_can_be_lifted_after_it():
    made = admin("BLOCK", account="stranger", network="*", by="root")
    stored("SELECT 1 FROM block WHERE account = 'stranger'")
    service_kill()
    assert live("stranger", ABROAD).verdict["action"] == "refuse"
    service_kill()
    assert admin("UNBLOCK", id=made["id"], by="root")["ok"] == "1"
    assert live("stranger", ABROAD).verdict["action"] == "none"


def test_killing_the_service_refills_no_lease():
    tell_history("refill")
    thief = live("refill", ABROAD, client="curl/8")
    delivered = 0
    while delivered < 100:
        if thief.spent >= thief.granted and thief.ask()[0] == "STOP":
            break
        thief.spent += 1
        delivered += 1
        if delivered % 4 == 0:
            service_kill()
            thief.resume(Peer(mail_socket))
            assert thief.verdict["action"] == "none"
        thief.read(f"1001:{1000 + delivered}")
    assert delivered == LIMIT, f"{delivered} delivered"


def test_a_hibernated_session_comes_back_under_another_key():
    session = live("sleeper", HOME)
    session.read("1:3")
    session.close_report("PAUSE")
    session.acknowledged()
    session.peer.close()
    session.key = "%032x" % int.from_bytes(os.urandom(16), "big")
    session.resume(Peer(mail_socket))
    session.read("4:5")
    session.end()
    assert sql("SELECT bodies FROM v_session WHERE account = 'sleeper'") == [(5,)]


def test_a_hibernated_session_outlives_the_service():
    session = live("deep-sleeper", HOME)
    session.read("1:3")
    session.close_report("PAUSE")
    session.acknowledged()
    service_kill()
    session.key = "%032x" % int.from_bytes(os.urandom(16), "big")
    session.resume(Peer(mail_socket))
    session.read("4:5")
    session.end()
    assert sql("SELECT bodies, end_reason FROM v_session "
               "WHERE account = 'deep-sleeper'") == [(5, "logout")]


def test_a_hibernated_session_is_not_taken_over_by_another_uid():
    session = Peer(mail_socket, relay=f"{dir_}/base/relay-one").login("sleeper2", HOME)
    session.read("1")
    session.close_report("PAUSE")
    session.acknowledged()
    session.peer.close()
    thief = Peer(mail_socket, relay=f"{dir_}/base/relay-two")
    thief.login("sleeper2", HOME, resumed=1, session_id=session.session_id)
    assert within(lambda: sql("SELECT confirmed, paused, bodies FROM v_session WHERE "
                              "account = 'sleeper2' ORDER BY session_row") ==
                  [(1, 1, 1), (0, 0, 0)])


def test_a_clock_that_was_set_back_shuts_nobody_out():
    session = live("time-traveller", HOME)
    session.read("1:3")
    session.close_report("DONE", granted=session.granted)
    session.acknowledged()
    session.peer.close()
    # As its mail process remembers it, the session began when the clock was ahead.
    session.at_ms += 400 * DAY_MS
    other = live("time-traveller2", HOME)
    other.at_ms += 400 * DAY_MS
    other.key = "%032x" % int.from_bytes(os.urandom(16), "big")
    for one in session, other:
        one.resume(Peer(mail_socket))
        assert one.verdict["action"] == "none"
        one.read("1:5")
        one.end()
    stored("SELECT 1 FROM v_session WHERE account = 'time-traveller' AND bodies = 5")
    assert sql("SELECT count(*) FROM v_session WHERE account LIKE 'time-traveller%' "
               "AND first_ms > ?", now_ms()) == [(0,)]
    assert raises_closed(lambda: live("time-traveller3", HOME, at_ms=now_ms() + 2 * DAY_MS))


def test_what_a_mail_process_leaves_out_is_a_gap():
    session = live("left-out", HOME)
    session.close_report("DONE", granted=session.granted, withheld=5)
    session.close_report("DONE", granted=session.granted, withheld=5)
    session.acknowledged()
    service_kill()
    session.resume(Peer(mail_socket), withheld=5)
    session.close_report("DONE", granted=session.granted, withheld=7)
    session.acknowledged()
    assert sql("SELECT messages FROM v_gap WHERE account = 'left-out' "
               "AND cause = 'refused-report' ORDER BY gap_row") == [(5,), (2,)]
    session.end()


def test_a_service_that_ends_says_so_and_one_that_is_killed_cannot():
    session = live("farewell", HOME)
    os.kill(master_pid(), signal.SIGHUP)
    assert session.peer.expect("HELLO")["ending"] == "1"
    assert session.peer.is_closed()
    session.resume(connected())
    service_kill()
    assert raises_closed(lambda: session.peer.expect("HELLO"))


def test_the_same_session_id_with_another_key_is_another_session():
    one = live("twin", HOME)
    two = live("twin", HOME, session_id=one.session_id)
    one.read("1")
    two.read("2")
    one.end()
    two.end()
    assert sql("SELECT bodies FROM v_session WHERE account = 'twin'") == [(1,), (1,)]


def test_a_vanished_process_is_closed_as_lost_with_its_last_words():
    session = live("vanisher", HOME)
    session.read("1:7")
    session.close_report("DONE", granted=session.granted)
    session.peer.close()        # without reading the answer
    stored("SELECT 1 FROM v_read WHERE account = 'vanisher' AND uids = '1:7'")
    within(lambda: sql("SELECT 1 FROM v_session WHERE account = 'vanisher' AND "
                       "end_reason = 'lost'"), 15)
    stored("SELECT 1 FROM v_session WHERE account = 'vanisher' AND end_reason = 'lost'")
    stored("SELECT 1 FROM gap WHERE account = 'vanisher' AND cause = 'no-final-report' "
           "AND messages = ?", session.granted)


def test_nobody_speaks_for_a_session_of_another_connection():
    session = live("owner", HOME)
    other = Peer(mail_socket)
    other.say("READ", key=session.key, seq=1, guid="a" * 32, uidvalidity=1, box="INBOX",
              owner="owner", kind="body", uids="1", bytes=1, first_ms=1, last_ms=1)
    assert "ERROR" in other.read_raw() and other.is_closed()
    # Nor with the right key for another account.
    other = Peer(mail_socket)
    other.say("LOGIN", key=session.key, account="other", service="imap",
              at_ms=now_ms(), resumed=1)
    assert "ERROR" in other.read_raw() and other.is_closed()
    session.end()
    assert sql("SELECT bodies FROM v_session WHERE account = 'owner'") == [(0,)]


def test_the_mail_socket_takes_no_orders():
    for command in ("STATUS", "BLOCK\taccount=a\tnetwork=*\tby=x", "UNBLOCK\tid=1\tby=x"):
        peer = Peer(mail_socket)
        peer.write(command + "\n")
        assert "ERROR" in peer.read_raw() and peer.is_closed()


def tell_log(account, rip, days_ago, bodies=0, peer=None, **fields):
    """A session that an old log told of."""
    peer = peer or Peer(admin_socket, service="doveadm")
    at_ms = now_ms() - days_ago * DAY_MS
    session = peer.login(account, rip, at_ms=at_ms, origin="log", **fields)
    session.end(at_ms=at_ms + 60000, bodies=bodies)
    return session


def test_a_log_teaches_and_accuses_nobody():
    for day in range(14, 0, -1):
        tell_log("logged", HOME, day)
    # Whoever came from there, however much he took: it is over.
    for _ in range(3):
        tell_log("logged", ABROAD, 1, bodies=5000)
    assert sql("SELECT count(*), min(origin), max(origin), sum(bodies), count(client) "
               "FROM v_session WHERE account = 'logged'") == [(17, "log", "log", 15000, 0)]
    assert sql("SELECT 1 FROM v_verdict WHERE account = 'logged'") == []
    assert sql("SELECT 1 FROM v_incident WHERE account = 'logged'") == []
    assert sql("SELECT days FROM known WHERE name = ? AND account_id = (SELECT id "
               "FROM account WHERE name = 'logged')", HOME_NET) == [(14,)]
    assert live("logged", HOME).granted > 0, "at home he is a stranger"
    thief = live("logged", ABROAD, client="curl/8")
    assert thief.granted == 0, "a thief of the log is at home"
    # No UID is known yet: old is what is old by its date.
    got = thief.download(1001, 1100, old_messages=lambda count: count)
    assert got < 100, f"not stopped after {got}"


def test_a_log_of_few_messages_makes_a_home():
    for day in range(20, 5, -1):
        tell_log("moved", HOME, day)
    for day in range(5, 0, -1):
        tell_log("moved", HOTEL, day, bodies=3)
    assert live("moved", HOTEL).granted > 0, "where he has read for five days"


def test_a_log_meets_no_block_and_no_order():
    tell_history("blocked-once")
    assert live("blocked-once", ABROAD, client="curl/8").download(1001, 1100) == LIMIT
    session = tell_log("blocked-once", ABROAD, 0)
    assert session.verdict["action"] == "none"
    assert sql("SELECT action FROM v_session WHERE account = 'blocked-once' "
               "AND origin = 'log'") == [("none",)]


def test_a_session_of_a_log_without_an_end():
    peer = Peer(admin_socket, service="doveadm")
    at_ms = now_ms() - DAY_MS
    session = peer.login("endless", HOME, at_ms=at_ms, origin="log")
    session.end(reason="lost", at_ms=at_ms)
    assert sql("SELECT end_reason, end_ms - first_ms FROM v_session "
               "WHERE account = 'endless'") == [("lost", 0)]
    # The next log tells it.
    session.seq = 0
    session.announce(origin="log")
    session.end(at_ms=at_ms + 5000, bodies=2)
    assert sql("SELECT end_reason, end_ms - first_ms, bodies FROM v_session "
               "WHERE account = 'endless'") == [("logout", 5000, 2)]
    # Whoever reads it out breaks off.
    peer.login("broken-off", HOME, at_ms=at_ms, origin="log")
    peer.close()
    assert within(lambda: sql("SELECT 1 FROM v_session WHERE account = 'broken-off' AND "
                              "end_reason = 'lost'"), 15)
    assert sql("SELECT 1 FROM v_gap WHERE account = 'broken-off'") == []


def test_nobody_goes_on_with_a_session_of_a_log():
    key = tell_log("past", HOME, 3, bodies=4).key
    row = "SELECT ip, first_ms, end_ms, bodies, origin FROM session WHERE key = ?"
    before = sql(row, key)
    peer = Peer(mail_socket)
    peer.say("LOGIN", key=key, account="past", service="imap", rip=ABROAD,
             at_ms=now_ms(), resumed=1)
    try:
        peer.expect("VERDICT")
        said = "go on"
    except AssertionError as error:
        said = str(error)
    assert "the key is that of another session" in said, said
    tell_log("past", HOME, 2)       # committed later
    assert sql(row, key) == before and len(before) == 1


def test_only_a_log_may_say_lost_and_only_the_admin_log():
    assert raises_closed(lambda: live("liar", HOME).end(reason="lost"))
    assert raises_closed(lambda: live("liar", HOME, origin="log").done())


def test_failures_of_a_log_are_added():
    peer = Peer(admin_socket, service="doveadm")
    at_ms = now_ms() - 40 * DAY_MS
    for _ in range(2):
        peer.say("FAILED", account="nobody-there", rip="203.0.113.77", count=7,
                 first_ms=at_ms, last_ms=at_ms + 1000)
        peer.expect("RESULT", ok=1)
    assert within(lambda: sql("SELECT sum(count), max(last_ms) FROM v_failed_login WHERE "
                              "name = 'nobody-there'") == [(14, at_ms + 1000)])
    assert raises_closed(lambda: (peer.say("FAILED", account="x", rip=HOME, count=1, first_ms=2,
                                    last_ms=1), peer.expect("RESULT")))


def test_history_is_not_told_on_the_mail_socket():
    assert raises_closed(lambda: live("liar", HOME, at_ms=now_ms() - 3 * DAY_MS))
    assert sql("SELECT 1 FROM account WHERE name = 'liar'") == []


def test_whoever_breaks_the_law_is_not_listened_to_again():
    hello = f"HELLO\tpid={os.getpid()}\tservice=imap\n"
    version = "VERSION\taccess-audit\t1\t0\n"
    for data in (b"\n", b"GET / HTTP/1.0\n", b"VERSION\taccess-audit\t2\t0\n", hello,
                 version + "LOGIN\tkey=1\n", version + "HELLO\tpid=1\tservice=imap\n",
                 version + hello + hello, version + hello + "NONSENSE\n",
                 version + hello + "LOGIN\tkey=zz\taccount=a\tservice=imap\tat_ms=1\n",
                 version + hello + "LOGIN\0\n", version + "x" * 70000,
                 version + hello + "LOGIN\taccount=a\001q\n"):
        peer = Peer(mail_socket, hello=False)
        try:
            peer.write(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert peer.is_closed(), data[:60]
    assert live("good", HOME).verdict["action"] == "none"


def test_hostile_uid_sets_are_refused():
    for uids in ("", "0", "2,1", "1:", "5:4", "1,1", "*", "1:4294967296", "a"):
        session = live("uidsets", HOME)
        session.read(uids)
        assert "ERROR" in session.peer.read_raw() and session.peer.is_closed(), uids


def test_who_says_no_hello_is_closed():
    peer = Peer(mail_socket, hello=False)
    assert peer.is_closed()


def test_who_reads_no_answers_is_closed():
    peer = Peer(admin_socket, service="doveadm")
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def flood():
        for _ in range(20000):
            peer.write("STATUS\n")
    assert raises_closed(flood) or peer.is_closed()
    assert status()["service"] == "up"


def test_control_bytes_stay_data():
    name = "\x1b[31mred\x07\u202e\u009b"
    session = live("escaper", HOME, client=name)
    session.read("1", box=name)
    session.end()
    assert sql("SELECT mailbox, v_session.client FROM v_read JOIN v_session USING (session_row) "
               "WHERE v_session.account = 'escaper'") == [(name, name)]
    admin("BLOCK", account="escaper", network="*", by=name)
    assert live("escaper", ABROAD, client=name).verdict["action"] == "refuse"
    with open(f"{dir_}/log/dovecot.log", "rb") as file:
        assert b"\x1b" not in file.read()


def test_a_process_of_another_uid_teaches_and_hurts_nothing():
    own, other = f"{dir_}/base/relay-one", f"{dir_}/base/relay-two"
    session = Peer(mail_socket, relay=own).login("uid", HOME)
    session.read("1")
    session.end()
    session = Peer(mail_socket, relay=other).login("uid", HOME)
    session.read("2:90")
    session.end()
    rows = sql("SELECT confirmed, first_time_bodies FROM v_session "
               "WHERE account = 'uid' ORDER BY session_row")
    assert rows == [(1, 1), (0, 89)], rows
    assert sql("SELECT sum(bodies) FROM daily JOIN account ON account.id = account_id "
               "WHERE name = 'uid'") == [(1,)]
    assert log_has("access-audit: unconfirmed user=uid")


def test_who_is_no_mail_process_is_refused():
    pid = os.fork()
    if pid == 0:
        # the folders above may be closed to that uid, so by a relative path
        os.chdir(f"{dir_}/base")
        os.setgid(65534)
        os.setuid(65534)
        try:
            Peer(os.path.basename(mail_socket))
        except (Closed, ConnectionResetError, BrokenPipeError):
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def policy_call(command, key=POLICY_KEY, method="POST", body=None, headers=None, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["POLICY_PORT"]),
                                            timeout=WAIT)
    connection.request(method, f"/?command={command}",
                       json.dumps(fields) if body is None else body,
                       headers or {"X-API-Key": key, "Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.read()


def witnessed():
    """(checks, logins, failed logins) that auth has told."""
    numbers = re.match(r"(\d+) checks, (\d+) logins, (\d+) failed", status()["witness"])
    return tuple(map(int, numbers.groups())) if numbers else (0, 0, 0)


def test_auth_tells_of_logins_good_and_bad():
    live("human", HOME).end()
    checks, logins, failed = witnessed()
    for password in ("wrong", os.environ["PASSWORD"]):
        client = imaplib.IMAP4("127.0.0.1", int(os.environ["IMAP_PORT"]))
        try:
            client.login("human", password)
            client.logout()
        except imaplib.IMAP4.error:
            assert password == "wrong"
    assert within(lambda: witnessed()[1:] == (logins + 1, failed + 1))
    assert witnessed()[0] > checks
    assert stored("SELECT ip, known_account FROM failed WHERE name = 'human'") == \
        ("127.0.0.1", 1)


def test_failed_logins_are_recorded():
    checks, logins, failed = witnessed()
    code, body = policy_call("allow", login="reader", remote=ABROAD)
    assert code == 200 and json.loads(body) == {"status": 0, "msg": ""}
    for _ in range(3):
        assert policy_call("report", login="ghost", remote=ABROAD, success=False,
                           attrs={"x": [1, {"y": "z"}]}, tls=True)[0] == 200
    policy_call("report", login="reader", remote=ABROAD, success=False)
    policy_call("report", login="reader", remote=HOME, success=True)
    assert stored("SELECT count, known_account, network FROM failed WHERE name = 'ghost' "
                  "AND count = 3") == (3, 0, ABROAD_NET)
    assert stored("SELECT count, known_account FROM failed WHERE name = 'reader'") == (1, 1)
    assert witnessed() == (checks + 1, logins + 1, failed + 4)
    # The site remembers the source, and not who it was after.
    state, = stored("SELECT state FROM site WHERE key = ?", f"failed {ABROAD}")
    assert re.fullmatch(r"\d+ \d+ \d+ \d+", state), state


def policy_status(account, ip, client=""):
    """-1 refused, 0 let in, else seconds to wait; and what the client is told."""
    code, body = policy_call("allow", login=account, remote=ip, device_id=client,
                             protocol="imap", session_id="s")
    assert code == 200
    answer = json.loads(body)
    return answer["status"], answer["msg"]


def test_whom_a_verdict_has_blocked_auth_refuses_and_the_owner_not():
    """The block is of the thief's network and client, and of no other."""
    tell_history("refused")
    assert live("refused", ABROAD, client="curl/8").download(1001, 1100) == LIMIT
    ref, = stored("SELECT incident FROM v_incident WHERE account = 'refused'")
    last, = stored("SELECT last_ms FROM v_incident WHERE account = 'refused'")
    curl = '"name" "curl" "version" "9"'
    status_, text = policy_status("refused", ABROAD, curl)
    assert status_ == -1 and text.endswith(f"reference {ref}"), text
    # It is the same story, and not over yet.
    stored("SELECT 1 FROM v_incident WHERE account = 'refused' AND last_ms > ?", last)
    assert policy_status("refused", ABROAD, '"name" "Thunderbird"')[0] == 0
    assert policy_status("refused", HOME, curl)[0] == 0
    assert policy_status("refused", HOME)[0] == 0
    assert policy_status("someone", ABROAD, curl)[0] == 0
    # The second name from there: any client, also one that has not named itself.
    live("refused", ABROAD, client="wget/1").download(1101, 1200)
    assert within(lambda: policy_status("refused", ABROAD)[0] == -1)
    assert policy_status("refused", HOME, curl)[0] == 0
    assert log_has("access-audit: refuse user=refused session=s service=imap "
                   f"ip={ABROAD} place=RU/{ABROAD_NET}")


def test_a_rules_block_never_meets_the_owner_in_the_owners_place():
    """A thief in the owner's own network had it blocked for all clients; the
    owner is known there, as far as auth's question tells."""
    tell_history("shared")
    database = sqlite3.connect(f"{dir_}/db/audit.sqlite", timeout=WAIT)
    with database:
        database.execute(
            "INSERT INTO block (account, network, client, from_ms, until_ms, made_by) "
            "VALUES ('shared', ?, '*', ?, ?, 'rule bulk-read')",
            (HOME_NET, now_ms(), now_ms() + DAY_MS))
        database.execute(
            "INSERT INTO block (account, network, client, from_ms, until_ms, made_by) "
            "VALUES ('shared', ?, '*', ?, ?, 'rule bulk-read')",
            (ABROAD_NET, now_ms(), now_ms() + DAY_MS))
    database.close()
    service_kill()
    assert within(lambda: policy_status("shared", ABROAD)[0] == -1)
    assert policy_status("shared", HOME)[0] == 0
    assert policy_status("shared", HOME, '"name" "Thunderbird"')[0] == 0


def test_the_policy_endpoint_wants_its_key_and_its_form():
    assert policy_call("report", key="wrong", login="x", remote=HOME)[0] == 401
    # weakforced's webhooks have no other way to show it
    for login, code in [(f"wforce:{POLICY_KEY}", 200), (f"{POLICY_KEY}:", 401),
                        (POLICY_KEY, 401), (f"wforce:{POLICY_KEY}x", 401), ("", 401)]:
        basic = base64.b64encode(login.encode()).decode()
        assert policy_call("report", headers={"Authorization": f"Basic {basic}"},
                           login="x", remote=HOME, success=True)[0] == code, login
    for odd in ("Basic", "Basic !!!", "Bearer " + POLICY_KEY):
        assert policy_call("report", headers={"Authorization": odd}, login="x")[0] == 401
    assert policy_call("report", method="GET", login="x")[0] == 405
    assert policy_call("nonsense", login="x")[0] == 404
    assert policy_call("report", body="{\"login\": ")[0] == 400
    assert policy_call("report", body="[1]")[0] == 400
    assert policy_call("report", body="x" * 20000)[0] in (400, 413)
    assert policy_call("report", body=json.dumps(
        {"login": "a\0b", "remote": "no address", "success": False}))[0] in (200, 400)


def metric(event):
    """How many of these events Dovecot's stats process has counted."""
    dump = subprocess.run([f"{dir_}/doveadm", "-f", "tab", "stats", "dump"], check=True,
                          timeout=30, capture_output=True, text=True).stdout
    lines = [line.split("\t") for line in dump.splitlines()]
    at, count = lines[0].index("metric_name"), lines[0].index("count")
    return sum(int(line[count]) for line in lines[1:] if line[at] == event)


def test_events_reach_the_stats_process():
    names = ["access_audit_" + name for name in ("login", "read", "verdict", "gap")]
    before = {name: metric(name) for name in names}
    tell_history("counted")
    thief = live("counted", ABROAD, client="curl/8")
    thief.download(1001, 1100)
    thief.end(reason="stopped", unaudited_ms=5)
    for name in names:
        assert within(lambda name=name: metric(name) > before[name]), name


def test_status_tells_what_matters():
    lines = status()
    for name in ("version", "mode", "database", "database_state", "last_commit", "queue",
                 "geo_1", "connections", "sessions_in_memory", "witness"):
        assert lines.get(name), name
    assert lines["mode"] == "enforce" and lines["database_state"].startswith("ok")


class Locked:
    """Another connection holds the database: nothing can be committed."""

    def __enter__(self):
        self.database = sqlite3.connect(f"{dir_}/db/audit.sqlite", timeout=WAIT,
                                        isolation_level=None)
        self.database.execute("BEGIN IMMEDIATE")

    def __exit__(self, *exc):
        self.database.execute("ROLLBACK")
        self.database.close()


def test_while_the_database_is_busy_mail_goes_on_and_nothing_is_acknowledged():
    tell_history("busy")
    session = live("busy", HOME, client="Thunderbird/115")
    thief = live("busy", ABROAD, client="curl/8")
    with Locked():
        session.read("101:140")
        session.close_report("DONE", granted=session.granted)
        for uid in range(1001, 1100):
            if thief.spent >= thief.granted and thief.ask()[0] == "STOP":
                break
            thief.spent += 1
            thief.read(str(uid))
        assert thief.spent == LIMIT, "the limit needs the database"
        assert within(lambda: status()["database_state"].startswith("degraded"))
        assert sql("SELECT 1 FROM v_read WHERE account = 'busy' AND uids = '101:140'") == []
    session.acknowledged()
    stored("SELECT 1 FROM v_read WHERE account = 'busy' AND uids = '101:140'")
    stored("SELECT 1 FROM v_session WHERE account = 'busy' AND bodies = 30 "
           "AND enforced")
    assert within(lambda: status()["database_state"].startswith("ok"))


def test_what_came_before_the_database_is_counted_when_it_is_there():
    tell_history("early")       # bodies 5001:5030
    with Locked():
        service_kill()
        session = live("early", HOME, client="Thunderbird/115")
        assert 0 < session.granted <= 10, "a large lease without knowing who it is"
        session.read("5025:5034")
        session.close_report("END", reason="logout")
    session.acknowledged()
    assert sql("SELECT s.bodies, s.first_time_bodies, s.standing, r.first_time "
               "FROM v_session s JOIN v_read r USING (session_row) "
               "WHERE s.account = 'early' ORDER BY session_row DESC LIMIT 1") == \
        [(10, 4, "familiar", 4)]


def test_kill_9_under_twenty_downloads_loses_and_doubles_nothing():
    sessions = [live("herd", f"192.0.2.{n}") for n in range(20)]
    for round_ in range(3):
        for n, session in enumerate(sessions):
            first = 1 + 1000 * n + 10 * round_
            session.read(f"{first}:{first + 9}")
            session.close_report("DONE", granted=session.granted)
        service_kill()
        for session in sessions:
            session.peer.close()
            session.resume(Peer(mail_socket))
    for n, session in enumerate(sessions):
        session.read(f"{1 + 1000 * n}:{30 + 1000 * n}")
        session.end()
    assert sql("SELECT count(*), sum(bodies), sum(first_time_bodies), min(bodies), "
               "max(bodies) FROM v_session WHERE account = 'herd'") == \
        [(20, 600, 600, 30, 30)]


def test_mutated_lines_hurt_nobody():
    random = Random(20261125)
    (pid,) = service_pids()
    good = [
        f"LOGIN\tkey={'a' * 32}\taccount=mutant\tservice=imap\trip={HOME}\tat_ms={now_ms()}",
        f"READ\tkey={'a' * 32}\tseq=1\tguid={'b' * 32}\tuidvalidity=1\tbox=INBOX"
        "\towner=mutant\tkind=body\tuids=1:5,7\tbytes=5\tfirst_ms=1\tlast_ms=2",
        f"SEARCH\tkey={'a' * 32}\tseq=1\tguid={'b' * 32}\tuidvalidity=1\tterms=x"
        "\thits=1\tat_ms=1",
        f"ASK\tkey={'a' * 32}\tseq=1\tspent=1\twaiting=1",
        f"DONE\tkey={'a' * 32}\tseq=1\tspent=1\tgranted=1",
        f"PAUSE\tkey={'a' * 32}\tseq=1\tspent=1",
        f"END\tkey={'a' * 32}\tseq=1\tspent=1\treason=logout",
        "BLOCK\taccount=mutant\tnetwork=AS1\tby=x", "UNBLOCK\tid=1\tby=x", "STATUS"]
    for _ in range(1000):
        peer = Peer(random.choice([mail_socket, admin_socket]))
        data = bytearray("\n".join(random.sample(good, 4)).encode())
        for _ in range(random.randrange(4)):
            data[random.randrange(len(data))] = random.randrange(256)
        try:
            peer.write(bytes(data) + b"\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        peer.close()
    assert status()["service"] == "up" and service_pids() == [pid]


class Mode:
    """access_audit_mode is another one for a while."""

    def __init__(self, mode):
        self.mode = mode

    def change(self, old, new):
        with open(f"{dir_}/extra.conf") as file:
            text = file.read()
        assert f"access_audit_mode = {old}" in text
        with open(f"{dir_}/extra.conf", "w") as file:
            file.write(text.replace(f"access_audit_mode = {old}",
                                    f"access_audit_mode = {new}"))
        os.kill(master_pid(), signal.SIGHUP)
        assert within(lambda: (p := connected()) and p.hello["mode"] == new)
        assert within(lambda: status()["database_read"] == "ok")

    def __enter__(self):
        self.change("enforce", self.mode)

    def __exit__(self, *exc):
        self.change(self.mode, "enforce")


def test_mode_report_says_once_what_it_would_stop():
    tell_history("reported")
    with Mode("report"):
        thief = live("reported", ABROAD, client="curl/8")
        assert thief.download(1001, 1060) == 60
        thief.download(1061, 1080)
        thief.end()
        assert sql("SELECT action, enforced, mode FROM v_verdict "
                   "WHERE account = 'reported' ORDER BY verdict_row") == \
            [("flag", 0, "report"), ("stop", 0, "report")]
        told = f"would have stopped here, at message {LIMIT}"
        summary, first_time = stored("SELECT summary, first_time_bodies FROM v_incident "
                                     "WHERE account = 'reported'")
        assert summary.startswith(told + ": ") and first_time == 80
        assert log_has(": " + told + "; ")
        stored("SELECT 1 FROM v_verdict WHERE account = 'reported' AND action = 'stop' "
               "AND reasons LIKE ? || '%'", told)
        assert sql("SELECT 1 FROM block WHERE account = 'reported'") == []


def test_mode_off_records_nothing():
    with Mode("off"):
        session = live("unseen", HOME)
        assert session.verdict["action"] == "none" and session.granted > 1000000
        session.read("1:5")
        session.close_report("DONE", granted=session.granted)
        assert status()["mode"] == "off"
    assert sql("SELECT 1 FROM account WHERE name = 'unseen'") == []


def test_an_order_passes_over_a_stranger_whose_mail_process_is_gone():
    tell_history("adrift")
    stranger = live("adrift", ABROAD, client="curl/8")
    assert stranger.ask()[0] == "LEASE" and stranger.granted > 0
    stranger.peer.close()
    before = service_pids()
    assert admin("ORDER", kind="travel", account="adrift", what="FR",
                 by="test")["ok"] == "1"
    assert service_pids() == before


def test_a_reload_hands_over():
    session = live("reloaded", HOME)
    session.read("1:4")
    session.done()
    before = service_pids()
    os.kill(master_pid(), signal.SIGHUP)
    assert session.peer.is_closed()
    session.resume(connected())
    session.read("1:4")
    session.end()
    assert within(lambda: len(service_pids()) == 1 and service_pids() != before)
    assert sql("SELECT bodies, first_time_bodies FROM v_session "
               "WHERE account = 'reloaded'") == [(4, 4)]


def main():
    failed = 0
    wanted = sys.argv[2:]
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        try:
            test()
            print(f"ok - {name[5:]}", flush=True)
        except Exception:       # one story must not keep the others from being told
            failed += 1
            print(f"not ok - {name[5:]}", flush=True)
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failed else 0)


main()
