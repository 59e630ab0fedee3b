# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""Stands in for the service, to see what mail processes say, line by line: it
grants all that is asked for and acknowledges every report."""

import os
import socket
import threading
import time

from record import DIR, WAIT
from service_peer import unescape

GRANTED = 1000000


def answers(command, fields, terms):
    """The lines that a line is answered by."""
    key, seq = fields.get("key"), fields.get("seq")
    acknowledged = [f"ACK\tkey={key}\tseq={seq}"]
    return {
        "VERSION": ["VERSION\taccess-audit\t1\t0"],
        "HELLO": [f"HELLO\tmode=record\tterms={terms}"],
        "LOGIN": [f"VERDICT\tkey={key}\taction=none\tgranted={GRANTED}"],
        "ASK": [f"LEASE\tkey={key}\tgranted={GRANTED}"] + acknowledged,
        "DONE": acknowledged, "PAUSE": acknowledged, "END": acknowledged,
    }.get(command, [])


class StandIn:
    """terms ("yes" or "no") holds for connections made from then on."""

    def __init__(self):
        self.terms = "yes"
        self.lines, self.told = [], threading.Condition()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(f"{DIR}/base/access-audit")
        os.chmod(f"{DIR}/base/access-audit", 0o666)
        self.sock.listen(10)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.sock.accept()
            threading.Thread(target=self.serve, args=(conn, self.terms),
                             daemon=True).start()

    def serve(self, conn, terms):
        with conn, conn.makefile("rb") as lines:
            for line in lines:
                command, *rest = line.decode().rstrip("\n").split("\t")
                fields = {name: unescape(value) for name, _, value in
                          (field.partition("=") for field in rest)}
                with self.told:
                    self.lines.append((command, fields))
                    self.told.notify_all()
                for answer in answers(command, fields, terms):
                    conn.sendall(answer.encode() + b"\n")

    def of(self, session):
        """What was said of a session so far: [(command, fields)]."""
        keys = {fields["key"] for command, fields in self.lines
                if command == "LOGIN" and fields.get("session_id") == session}
        return [(command, fields) for command, fields in self.lines
                if fields.get("key") in keys]

    def until(self, session, *commands):
        """Waits for one of the commands; what was said of the session."""
        end = time.monotonic() + WAIT
        with self.told:
            while not any(command in commands for command, _ in self.of(session)):
                if not self.told.wait(end - time.monotonic()):
                    raise AssertionError(f"{session}: no {commands}")
            return self.of(session)

    def ended(self, session):
        return self.until(session, "END")
