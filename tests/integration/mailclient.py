# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""A plain IMAP and POP3 client that hides nothing: it sends a line and tells
what came back, literal by literal. Ports and password come from aa_python()."""

import os
import re
import socket
import zlib

PASSWORD = os.environ["AA_PASSWORD"]
IMAP_PORT = int(os.environ["AA_IMAP_PORT"])
POP3_PORT = int(os.environ["AA_POP3_PORT"])
TIMEOUT = 20


class Line:
    """One connection, read by lines and by counts of bytes."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.buffer = b""
        self.inflate = self.deflate = None

    def send(self, data):
        if self.deflate:
            data = self.deflate.compress(data) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
        self.sock.sendall(data)

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError("connection closed")
        self.buffer += self.inflate.decompress(data) if self.inflate else data

    def line(self):
        while b"\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def exactly(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def drop(self):
        self.sock.close()


class Imap(Line):
    """ip and session stand for what a trusted proxy forwards."""

    def __init__(self, account, ip="192.0.2.50", session=None, client=None,
                 password=PASSWORD):
        super().__init__(IMAP_PORT)
        self.tag, self.bye, self.fetched, self.lines = 0, None, [], []
        self.line()
        params = {"x-originating-ip": ip, "x-session-id": session, "name": client}
        given = " ".join(f'"{k}" "{v}"' for k, v in params.items() if v)
        self.command(f"ID ({given})")
        self.logged_in = self.command(f'LOGIN "{account}" "{password}"')

    def response(self):
        """One whole response; literals stand in it as bytes of their own."""
        parts = []
        while True:
            line = self.line()
            match = re.search(rb"~?\{(\d+)\}$", line)
            if not match:
                return parts + [line]
            parts += [line[:match.start()], self.exactly(int(match[1]))]

    def start(self, text):
        self.tag += 1
        self.send(f"a{self.tag} {text}\r\n".encode())
        return f"a{self.tag}"

    def until(self, tag):
        """Reads on to the tagged answer: its text."""
        while True:
            parts = self.response()
            if parts[0].startswith(tag.encode() + b" "):
                return b" ".join(parts)[len(tag) + 1:].decode(errors="replace")
            self.untagged(parts)

    def untagged(self, parts):
        self.lines.append(parts)
        if parts[0].startswith(b"* BYE"):
            self.bye = parts[0][6:].decode()
        if re.match(rb"\* \d+ FETCH ", parts[0]):
            uid = re.search(rb"UID (\d+)", b" ".join(parts[0::2]))
            self.fetched.append((int(uid[1]) if uid else 0,
                                 sum(len(part) for part in parts[1::2])))

    def command(self, text):
        self.fetched, self.lines = [], []
        return self.until(self.start(text))

    def uids(self):
        return sorted({uid for uid, _ in self.fetched})

    def literal_bytes(self):
        return sum(size for _, size in self.fetched)

    def compress(self):
        answer = self.command("COMPRESS DEFLATE")
        if answer.startswith("OK"):
            self.deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            self.inflate = zlib.decompressobj(-15)
        return answer

    def logout(self):
        self.command("LOGOUT")
        self.sock.close()


class Pop3(Line):
    def __init__(self, account, ip="192.0.2.50", session=None, password=PASSWORD):
        super().__init__(POP3_PORT)
        self.line()
        self.command(f"XCLIENT ADDR={ip}" + (f" SESSION={session}" if session else ""))
        self.command(f"USER {account}")
        self.logged_in = self.command(f"PASS {password}")

    def command(self, text):
        self.send(text.encode() + b"\r\n")
        return self.line().decode(errors="replace")

    def text(self, command):
        """A command with a long answer: its bytes, as the message has them."""
        answer = self.command(command)
        if not answer.startswith("+"):
            return answer, 0
        size = 0
        while (line := self.line()) != b".":
            size += len(line) + 2 - line.startswith(b".")
        return answer, size

    def quit(self):
        self.command("QUIT")
        self.sock.close()
