# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""A scripted peer of the service: speaks the line protocol, or breaks it."""

import os
import secrets
import socket
import time

ESCAPES = {"\001": "\0011", "\t": "\001t", "\n": "\001n", "\r": "\001r"}
WAIT = 10.0     # longest time that any answer may take


def escape(value):
    return "".join(ESCAPES.get(char, char) for char in str(value))


def unescape(value):
    back = {code[1]: char for char, code in ESCAPES.items()}
    parts = value.split("\001")
    return parts[0] + "".join(back[part[0]] + part[1:] for part in parts[1:])


def now_ms():
    return int(time.time() * 1000)


class Closed(Exception):
    """The service has closed the connection."""


class Peer:
    """One connection. relay: the socket of a peer-relay to go through."""

    def __init__(self, path, relay=None, hello=True, service="imap"):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WAIT)
        self.sock.connect(relay or path)
        self.buffer = b""
        self.pid = int(self.read_raw()) if relay else os.getpid()
        self.version = self.read_raw()
        if hello:
            self.write("VERSION\taccess-audit\t1\t0\n")
            self.say("HELLO", pid=self.pid, service=service, fail="open")
            self.hello = self.expect("HELLO")

    def write(self, data):
        if isinstance(data, str):
            data = data.encode()
        self.sock.sendall(data)

    def say(self, command, **fields):
        self.write("\t".join([command] + [
            f"{name}={escape(value)}" for name, value in fields.items()]) + "\n")

    def read_raw(self):
        while b"\n" not in self.buffer:
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def read(self):
        """The next line as (command, fields)."""
        command, *fields = self.read_raw().split("\t")
        return command, {
            name: unescape(value)
            for name, _, value in (field.partition("=") for field in fields)}

    def expect(self, command, **fields):
        """The next line of this command (others are passed over), whose
        fields have these values."""
        while True:
            got, values = self.read()
            if got == command:
                break
            if got == "ERROR":
                raise AssertionError(f"ERROR {values['text']}")
        for name, value in fields.items():
            assert values.get(name) == str(value), \
                f"{command}: {name} is {values.get(name)!r}, not {value!r}"
        return values

    def is_closed(self):
        """Reads to the end: True if the service closes in time."""
        try:
            while True:
                self.read_raw()
        except Closed:
            return True
        except socket.timeout:
            return False

    def close(self):
        self.sock.close()

    def login(self, account, rip, **fields):
        """A session on this connection; returns it after the verdict."""
        session = Session(self, account, rip)
        session.announce(**fields)
        return session


class Session:
    def __init__(self, peer, account, rip):
        self.peer = peer
        self.account = account
        self.rip = rip
        self.key = secrets.token_hex(16)
        self.session_id = secrets.token_urlsafe(12)
        self.at_ms = now_ms()
        self.seq = self.spent = self.granted = 0
        self.verdict = {}

    def announce(self, **fields):
        login = dict(key=self.key, account=self.account, service="imap",
                     session_id=self.session_id, rip=self.rip, at_ms=self.at_ms)
        login.update(fields)
        self.at_ms = login["at_ms"]
        self.peer.say("LOGIN", **login)
        self.verdict = self.peer.expect("VERDICT", key=self.key)
        self.granted = int(self.verdict["granted"])

    def resume(self, peer, **fields):
        """Goes on by another connection."""
        self.peer = peer
        self.announce(resumed=1, granted=self.granted, spent=self.spent, **fields)

    def read(self, uids, guid="a" * 32, kind="body", at_ms=None, **fields):
        at_ms = at_ms or now_ms()
        line = dict(key=self.key, seq=self.seq + 1, guid=guid, uidvalidity=1,
                    box="INBOX", owner=self.account, kind=kind, uids=uids,
                    bytes=1000, first_ms=at_ms, last_ms=at_ms)
        line.update(fields)
        self.peer.say("READ", **line)

    def acknowledged(self):
        """Waits until the last report is on the disk."""
        while int(self.peer.expect("ACK", key=self.key)["seq"]) < self.seq:
            pass

    def close_report(self, command, **fields):
        self.seq += 1
        self.peer.say(command, key=self.key, seq=self.seq, spent=self.spent,
                      **fields)

    def done(self, granted=None):
        self.close_report(
            "DONE", granted=self.granted if granted is None else granted)
        self.acknowledged()

    def ask(self, waiting=1):
        """Returns the answer's command: LEASE or STOP."""
        self.close_report("ASK", waiting=waiting)
        while True:
            command, fields = self.peer.read()
            if command == "LEASE":
                self.granted = int(fields["granted"])
            if command in ("LEASE", "STOP", "ERROR"):
                return command, fields

    def download_in_one(self, first, last):
        """Reads bodies as one long FETCH of a mail process does: it asks for more
        when half of the lease is spent, and is about to deliver a message then.
        Returns how many were delivered before a STOP."""
        low_water = 0
        for uid in range(first, last + 1):
            waiting = self.spent >= self.granted
            if waiting and self.ask()[0] == "STOP":
                return uid - first
            self.spent += 1
            if waiting:
                low_water = (self.granted - self.spent + 1) // 2
            elif low_water > 0 and self.granted - self.spent == low_water:
                if self.ask(waiting=0)[0] == "STOP":
                    return uid - first
                low_water = (self.granted - self.spent) // 2
            self.read(str(uid))
        self.done()
        return last + 1 - first

    def end(self, reason="logout", **fields):
        self.close_report("END", reason=reason, **fields)
        self.acknowledged()

    def download(self, first, last, guid="a" * 32, **totals):
        """Reads bodies one by one as a mail process would, asking for leases.
        Returns how many were delivered before a STOP. totals: fields of READ, as
        functions of how many have been read."""
        uid = first
        while uid <= last:
            if self.spent >= self.granted and self.ask()[0] == "STOP":
                return uid - first
            self.spent += 1
            uid += 1
            self.read(str(uid - 1), guid=guid, **{
                name: total(uid - first) for name, total in totals.items()})
        self.done()
        return uid - first
