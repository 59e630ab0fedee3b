# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""refusal.py: logins that are refused, slowed, or neither. Each test is a story of
one account or address of its own; addresses come over the PROXY protocol."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import traceback

from record import service_pid

DIR = os.environ["AA_DIR"]
PASSWORD = os.environ["AA_PASSWORD"]
VERSION = os.environ["AA_VERSION"]
TIMEOUT = 20
KEY = "test-policy-key-0001"
HOME, ABROAD, ALLOWED = "192.0.2.9", "198.51.100.7", "198.51.100.99"
NAMES = ("imap", "pop3", "submission", "sieve")
PORTS = {name: int(os.environ[f"{name.upper()}_PORT"]) for name in NAMES}
TEXT = "Access from this place is blocked by the mail server's audit until "


# --- clients: login() tells (let in, the line that said so) ---

class Client:
    def __init__(self, name, ip):
        self.sock = socket.create_connection(("127.0.0.1", PORTS[name]), TIMEOUT)
        self.sock.sendall(f"PROXY TCP4 {ip} 192.0.2.1 50000 143\r\n".encode())
        self.file = self.sock.makefile("rwb")
        self.greet()

    def say(self, text):
        self.file.write(text.encode() + b"\r\n")
        self.file.flush()

    def line(self):
        line = self.file.readline()
        assert line.endswith(b"\n"), f"connection closed after {line!r}"
        return line.decode().rstrip("\r\n")

    def until(self, pattern):
        while not re.match(pattern, line := self.line()):
            pass
        return line

    def greet(self):
        self.line()

    def close(self):
        self.file.close()
        self.sock.close()


def plain(account, password):
    return base64.b64encode(f"\0{account}\0{password}".encode()).decode()


class Imap(Client):
    def login(self, account, password, client=None):
        if client:
            self.say(f'i ID ("name" "{client}" "version" "1")')
            self.until("i ")
        self.say(f'a LOGIN "{account}" "{password}"')
        line = self.until("a ")
        return line.startswith("a OK"), line

    def command(self, text):
        self.say("b " + text)
        return self.until("b ")


class Pop3(Client):
    def login(self, account, password):
        self.say(f"USER {account}")
        self.line()
        self.say(f"PASS {password}")
        line = self.line()
        return line.startswith("+OK"), line


class Submission(Client):
    def login(self, account, password):
        self.say("EHLO client.example.org")
        self.until("250 ")
        self.say("AUTH PLAIN " + plain(account, password))
        line = self.until(r"\d{3} ")
        return line.startswith("235"), line


class Sieve(Client):
    def greet(self):
        self.until("OK")

    def login(self, account, password):
        self.say(f'AUTHENTICATE "PLAIN" "{plain(account, password)}"')
        line = self.until("OK|NO|BYE")
        return line.startswith("OK"), line


CLIENTS = dict(zip(NAMES, (Imap, Pop3, Submission, Sieve)))


def login(name, account, ip, password=PASSWORD, **more):
    client = CLIENTS[name](name, ip)
    try:
        return client.login(account, password, **more)
    finally:
        client.close()


def relay():
    """Where submission hands mail on to: says hello, that is all it needs."""
    server = socket.create_server(("127.0.0.1", int(os.environ["RELAY_PORT"])))

    def serve(conn):
        with conn, conn.makefile("rwb") as file:
            file.write(b"220 relay.example.org\r\n")
            file.flush()
            try:
                for line in file:
                    file.write(b"221 bye\r\n" if line.startswith(b"QUIT") else
                               b"250 relay.example.org\r\n")
                    file.flush()
            except OSError:
                pass

    def accept():
        while True:
            threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


# --- what we ask and order ---

def doveadm(*args):
    return subprocess.run([f"{DIR}/doveadm", *args], timeout=30, check=True,
                          capture_output=True, text=True).stdout


def block(account, network, client="*"):
    """Its number."""
    said = doveadm("audit", "block", "--client", client, account, network)
    return re.search(r"block (\d+) made", said).group(1)


def sql(query, *args):
    database = sqlite3.connect(f"file:{DIR}/db/audit.sqlite?mode=ro", uri=True,
                               timeout=TIMEOUT)
    try:
        return database.execute(query, args).fetchall()
    finally:
        database.close()


def log():
    with open(f"{DIR}/log/dovecot.log", errors="replace") as file:
        return file.read()


def within(check, seconds=TIMEOUT):
    end = time.monotonic() + seconds
    while not (answer := check()) and time.monotonic() < end:
        time.sleep(0.05)
    return answer


def policy_socket():
    """A connection to where auth asks."""
    at = os.environ["POLICY_AT"]
    if at.isdigit():
        return socket.create_connection(("127.0.0.1", int(at)), TIMEOUT)
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(TIMEOUT)
    sock.connect(at)
    return sock


def policy(command, key=KEY, **fields):
    """(status, what was answered) of one request, as auth would make it."""
    body = json.dumps(fields)
    with policy_socket() as sock:
        # At one go: whoever lacks the key is not listened to any further.
        sock.sendall(f"POST /?command={command} HTTP/1.1\r\nHost: localhost\r\n"
                     f"X-API-Key: {key}\r\nContent-Type: application/json\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        response = http.client.HTTPResponse(sock, method="POST")
        response.begin()
        text = response.read()
    return response.status, json.loads(text) if response.status == 200 else None


def fails(account, ip, hash_):
    policy("report", login=account, remote=ip, pwhash=hash_, success=False,
           policy_reject=False, fail_type="credentials", tls=False)


def allow(account, ip):
    return policy("allow", login=account, remote=ip, pwhash="00", protocol="imap")[1]


# --- the stories ---

OWNER = {}


def delayed():
    """Logins that auth says it has slowed because it was told to."""
    lines = [line.split("\t") for line in doveadm("-f", "tab", "stats", "dump").splitlines()]
    at, count = lines[0].index("metric_name"), lines[0].index("count")
    return sum(int(line[count]) for line in lines[1:] if line[at] == "delayed")


def test_before_a_block_everybody_gets_in_everywhere():
    for name in NAMES:
        let_in, line = login(name, "anna", ABROAD)
        assert let_in, (name, line)


def test_a_blocked_account_is_refused_by_each_protocol_with_the_reason():
    OWNER["imap"] = Imap("imap", HOME)
    assert OWNER["imap"].login("anna", PASSWORD)[0]
    OWNER["imap"].command("SELECT INBOX")
    number = block("anna", "AS64500")
    for name in NAMES:
        let_in, line = login(name, "anna", ABROAD)
        print(f"# {name}: {line}")
        assert not let_in, (name, line)
        assert re.search(f"{TEXT}20[^;]*; reference block {number}", line), (name, line)
    assert "a NO [ALERT] " in login("imap", "anna", ABROAD)[1]


def test_with_the_wrong_password_the_answer_is_the_same():
    """Nobody learns from it whether a password is right."""
    assert login("imap", "anna", ABROAD, "wrong") == login("imap", "anna", ABROAD)


def test_the_owner_goes_on_meanwhile():
    for name in NAMES:
        let_in, line = login(name, "anna", HOME)
        assert let_in, (name, line)
    assert OWNER["imap"].command("FETCH 1 BODY.PEEK[]").startswith("b OK")


def test_another_account_of_that_network_gets_in():
    for name in NAMES:
        let_in, line = login(name, "ben", ABROAD)
        assert let_in, (name, line)


def test_the_allow_list_beats_a_block():
    for name in NAMES:
        let_in, line = login(name, "anna", ALLOWED)
        assert let_in, (name, line)


def test_a_block_survives_a_kill_and_needs_nobody_in_memory():
    pid = service_pid()
    os.kill(pid, signal.SIGKILL)
    assert within(lambda: service_pid() not in (None, pid))
    # The first answers may come before the database is open: auth lets them in,
    # and the mail process has its own look.
    assert within(lambda: re.search(r"blocked\s+[1-9]", doveadm("audit", "status")))
    assert TEXT in login("pop3", "anna", ABROAD)[1]


def test_unblock_is_effective_at_the_next_login():
    (number,), = sql("SELECT block FROM v_block_active WHERE account = 'anna'")
    doveadm("audit", "unblock", str(number))
    for name in NAMES:
        let_in, line = login(name, "anna", ABROAD)
        assert let_in, (name, line)
    assert OWNER["imap"].command("NOOP").startswith("b OK")
    OWNER["imap"].close()


def test_a_block_of_one_client_is_met_where_the_client_is_known():
    block("cleo", "AS64500", "Curl")
    assert TEXT in login("imap", "cleo", ABROAD, client="curl")[1]
    assert login("imap", "cleo", ABROAD, client="Thunderbird")[0]
    assert login("imap", "cleo", ABROAD)[0]
    assert login("pop3", "cleo", ABROAD)[0]


def test_refused_logins_are_no_guesses():
    """Who is refused has not tried a wrong password: it must not become a spray."""
    number = block("dora", "AS64500")
    for _ in range(5):
        assert TEXT in login("imap", "dora", ABROAD)[1]
    doveadm("audit", "unblock", number)
    assert within(lambda: sql("SELECT sum(count) FROM failed WHERE name = 'dora'") == [(5,)])
    assert login("imap", "dora", ABROAD)[0]
    assert sql("SELECT 1 FROM site WHERE key = ?", f"failed {ABROAD}") == []


def test_a_source_that_sprays_is_slowed():
    source = "203.0.113.50"
    for account in ("anna", "ben", "cleo", "dora", "emil"):
        assert not login("imap", account, source, "summer2026")[0]
    # auth does not wait for the answer to its last report
    assert within(lambda: sql("SELECT sum(count) FROM failed WHERE ip = ?", source) == [(5,)])
    before = delayed()
    assert login("imap", "thea", source)[0]
    assert delayed() > before
    assert re.search(rf"access-audit: slow user=thea .* ip={source} .*rule=spraying "
                     "mode=enforce enforced=yes", log())


def test_who_goes_on_spraying_is_refused_and_nobody_else():
    source = "203.0.113.51"
    for n in range(51):
        fails(f"user{n}", source, f"{n:04x}")
    let_in, line = login("imap", "emil", source)
    assert not let_in and "a NO [ALERT] Too many failed logins" in line, line
    assert login("imap", "emil", "203.0.113.52")[0]
    assert re.search(rf"access-audit: refuse user=emil .* ip={source} .*rule=spraying ", log())


def test_a_spray_goes_on_where_it_stood_when_the_service_is_killed():
    home, source = "203.0.113.53", "203.0.113.54"
    for ip in (home, source):
        if ip == home:
            assert login("imap", "cleo", ip)[0]
            # What happens in one second is not told apart.
            time.sleep(1.1)
        for n in range(60):
            fails(f"user{n}", ip, f"{n:04x}")
    # Five characters for each try.
    assert within(lambda: len(sql("SELECT 1 FROM site WHERE key IN (?, ?)"
                                  " AND length(state) > 60 * 5",
                                  f"guess {home}", f"guess {source}")) == 2)
    assert within(lambda: sql("SELECT count(*) FROM v_session WHERE ip = ?"
                              " AND end_ms IS NOT NULL", home) == [(1,)])
    pid = service_pid()
    os.kill(pid, signal.SIGKILL)
    assert within(lambda: service_pid() not in (None, pid))
    assert within(lambda: allow("nobody", source)["status"] == -1)
    # Where somebody was at home before, others are still not shut out.
    assert allow("nobody", home)["status"] == 5, allow("nobody", home)
    assert allow("cleo", home)["status"] == 0


def test_where_others_are_at_home_a_spray_is_only_slowed():
    source = "203.0.113.60"
    assert login("imap", "ben", source)[0]
    for n in range(60):
        fails(f"user{n}", source, f"{n:04x}")
    assert allow("emil", source)["status"] == 5
    # Who was at home there before is not even slowed.
    assert allow("ben", source)["status"] == 0


def test_a_phone_with_an_old_password_is_no_attack():
    source = "203.0.113.70"
    for _ in range(200):
        fails("anna", source, "0123")
    assert allow("anna", source) == {"status": 0, "msg": ""}


def test_without_the_key_there_is_no_answer():
    assert policy("allow", key="wrong", login="anna", remote=ABROAD)[0] == 401
    assert policy("allow", key="", login="anna", remote=ABROAD)[0] == 401
    assert policy("allow", key=KEY + "x", login="anna", remote=ABROAD)[0] == 401


def test_a_service_that_hangs_keeps_nobody_out_and_the_gap_is_recorded():
    block("thea", "AS64501")
    pid = service_pid()
    before = sql("SELECT count(*) FROM v_gap WHERE account = 'thea'")
    os.kill(pid, signal.SIGSTOP)
    try:
        for name in NAMES:
            let_in, line = login(name, "thea", HOME)
            assert let_in, (name, line)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert within(lambda: sql("SELECT count(*) FROM v_gap WHERE account = 'thea'") > before)
    assert "Policy server HTTP error: Absolute request timeout" in log()
    assert TEXT in login("imap", "thea", "203.0.113.80")[1]


def test_mode_report_only_tells():
    with open(f"{DIR}/extra.conf") as file:
        text = file.read()
    with open(f"{DIR}/extra.conf", "w") as file:
        file.write(text.replace("access_audit_mode = enforce", "access_audit_mode = report"))
    pid = service_pid()
    doveadm("reload")
    assert within(lambda: service_pid() not in (None, pid))
    assert within(lambda: re.search(r"mode\s+report", doveadm("audit", "status")))
    assert within(lambda: re.search(r"blocked\s+[1-9]", doveadm("audit", "status")))
    assert login("pop3", "thea", "203.0.113.81")[0]
    assert re.search(r"access-audit: refuse user=thea .*service=pop3 .*rule=block "
                     "mode=report enforced=no", log())
    assert re.search(r"logins\s+0 refused, 0 slowed; [1-9]\d* would have been",
                     doveadm("audit", "status"))


def main():
    failed = 0
    relay()
    for name, test in [item for item in globals().items() if item[0].startswith("test_")]:
        title = name[5:].replace("_", " ")
        try:
            test()
            print(f"ok - {title}", flush=True)
        except Exception:
            failed = 1
            print(f"not ok - {title}", flush=True)
            print("# " + traceback.format_exc().strip().replace("\n", "\n# "), flush=True)
    raise SystemExit(failed)


main()
