"""exposure.py DIRECTORY: messages with secrets and without, each way of encoding them
that mail knows. Writes N.eml and, into "secrets", what must never be printed."""

import base64
import quopri
import sys
from pathlib import Path

out = Path(sys.argv[1])
out.mkdir()
number = 10  # so many are in the mailbox before
secrets = []


def add(subject, rest, *hidden):
    global number
    number += 1
    sender = "=?utf-8?q?Mallory_=1B]0;owned=07?= <m@example.net>"
    head = (f"From: {sender}\r\nTo: anna@example.org\r\nSubject: {subject}\r\n"
            f"Message-ID: <m{number}@example.net>\r\n"
            "Date: Mon, 03 Mar 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n")
    text = (head + rest).encode() if isinstance(rest, str) else head.encode() + rest
    (out / f"{number}.eml").write_bytes(text)
    secrets.extend(hidden)


def base64_text(text):
    return base64.encodebytes(text).decode()


def part(headers, body):
    return f"--sep\r\n{headers}\r\n\r\n{body}\r\n"


def multipart(kind, *parts):
    return (f'Content-Type: multipart/{kind}; boundary="sep"\r\n\r\n' +
            "".join(parts) + "--sep--\r\n")


# 11: the same in the text and, in base64, in the HTML of one message
html = "<style>p{}</style><p>Login: anna</p><p>Pass&shy;word: <b>Wren-&#67;opper-41</b></p>"
add("your account", multipart(
    "alternative",
    part("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64",
         base64_text(html.encode()))), "Wren-Copper-41")
# 12: quoted-printable in Latin 1, French typography
text = "Bonjour,\n\nmot de passe\xa0: \xc9t\xe9-2031!\n".encode("latin-1")
add("acces", b"Content-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quopri.encodestring(text),
    "Été-2031", "té-2031")
# 13: in the subject alone, which nothing may print
add("=?utf-8?b?" + base64.b64encode("482913 is your Contoso code".encode()).decode() + "?=",
    "Content-Type: text/plain\r\n\r\nThanks for signing in.\r\n", "482913")
# 14: an attachment that is text under another name
profile = b"client\ndev tun\nproto udp\nremote vpn.example 1194\n"
add("profile", multipart(
    "mixed", part("Content-Type: text/plain", "Here it is."),
    part("Content-Type: application/x-openvpn-profile; name=a.ovpn\r\n"
         "Content-Transfer-Encoding: base64", base64_text(profile))))
# 15: in a message within a message
add("Fwd: key", multipart(
    "mixed", part("Content-Type: text/plain", "see below"),
    part("Content-Type: message/rfc822",
         "Subject: api\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
         "API key: 9f86d081884c7d659a2feaa0c55ad015")),
    "9f86d081884c7d659a2feaa0c55ad015")
# 16 to 20: nothing in them
add("password news", "Content-Type: text/html\r\n\r\n<p>Your password was changed. "
    '<a href="https://news.example/c?id=8f14e45fceea167a5a36dedd4bea2543">Read</a></p>\r\n')
add("logo", multipart(
    "mixed", part("Content-Type: text/plain", "Kind regards"),
    part("Content-Type: image/png\r\nContent-Transfer-Encoding: base64",
         base64_text(b"\x89PNG\0password: Hidden-Pixel-7\n"))))
add("minutes", multipart(
    "mixed", part("Content-Type: text/plain", "attached"),
    part("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64",
         base64_text(b"%PDF-1.7\n\0\1password: In-A-Pdf-7\n"))))
add("sealed", "Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n"
    "hQEMA5example\r\n-----END PGP MESSAGE-----\r\n")
add("order", "Content-Type: text/plain\r\n\r\nOrder number: 305177\r\n")
# 21: the thief does not read it; 22: he does, and then it is deleted
add("not read", "Content-Type: text/plain\r\n\r\nPassword: Unread-Heron-5\r\n", "Unread-Heron-5")
add("deleted", "Content-Type: text/plain\r\n\r\nPassword: Gone-Heron-6\r\n", "Gone-Heron-6")
(out / "secrets").write_text("\n".join(secrets) + "\n")
