#!/usr/bin/env python3
"""hook.py PORT SECRET LOG ANSWER [CERTIFICATE KEY]: a receiver of notifications
on loopback, over https with a certificate.

Writes a line of JSON to LOG for each request, says in it whether the signature
holds, and answers with the status that the file ANSWER has (200 if there is
none); or, if it says "endless-header" or "endless-body", with 200 and that, and
writes a line to LOG.ended when the other end has had enough."""
import hashlib
import hmac
import http.server
import json
import os
import ssl
import sys
import time

PORT, SECRET, LOG, ANSWER = sys.argv[1:5]


def verify(secret, headers, body, now):
    """What a receiver does (doc/NOTIFY.md)."""
    timestamp = headers.get("X-Access-Audit-Timestamp", "")
    if not timestamp.isdigit() or abs(now - int(timestamp)) > 300:
        return "timestamp"
    expected = "sha256=" + hmac.new(
        secret.encode(), timestamp.encode() + b"." + body,
        hashlib.sha256).hexdigest()
    got = headers.get("X-Access-Audit-Signature", "")
    return "ok" if hmac.compare_digest(expected, got) else "signature"


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, endless = 200, ""
        if os.path.exists(ANSWER):
            with open(ANSWER) as file:
                word = file.read().strip()
            if word.startswith("endless"):
                endless = word
            else:
                status = int(word)
        with open(LOG + ".body", "wb") as file:
            file.write(body)
        with open(LOG + ".headers", "w") as file:
            for name in ("Timestamp", "Signature"):
                print(self.headers["X-Access-Audit-" + name], file=file)
        with open(LOG, "a") as log:
            print(json.dumps({
                "status": status,
                "verified": verify(SECRET, self.headers, body, time.time()),
                "forged": verify(SECRET, self.headers, body + b" ", time.time()),
                "type": self.headers.get("Content-Type"),
                "id": self.headers.get("X-Access-Audit-Id"),
                "body": json.loads(body),
            }), file=log)
        if endless:
            self.answer_without_end(endless)
            return
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def answer_without_end(self, which):
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + {
                "endless-header": b"X-Long: ",
                "endless-body": b"Content-Length: 1000000000000\r\n\r\n",
            }[which])
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            with open(LOG + ".ended", "a") as file:
                print(which, file=file)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer.allow_reuse_address = True
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Hook)
if len(sys.argv) > 5:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[5], sys.argv[6])
    # The handshake belongs to the request's thread, not to accept().
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
server.serve_forever()
