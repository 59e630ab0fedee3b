# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""Python's imaplib and poplib read; prints "KIND UIDS BYTES" of what they got, in
the form of the database. stdlib_clients.py imap|pop3 ACCOUNT"""

import imaplib
import os
import poplib
import sys

PASSWORD = os.environ["AA_PASSWORD"]


def imap(account):
    client = imaplib.IMAP4("127.0.0.1", int(os.environ["AA_IMAP_PORT"]))
    client.login(account, PASSWORD)
    client.select("INBOX")
    client.search(None, "ALL")
    _, data = client.fetch("1:6", "(RFC822)")
    parts = [part for part in data if isinstance(part, tuple)]
    print("body 1:6", sum(len(text) for _, text in parts))
    _, data = client.uid("FETCH", "2:9", "(FLAGS BODY.PEEK[HEADER])")
    parts = [part for part in data if isinstance(part, tuple)]
    print("header 2:9", sum(len(text) for _, text in parts))
    client.logout()


def pop3(account):
    client = poplib.POP3("127.0.0.1", int(os.environ["AA_POP3_PORT"]))
    client.user(account)
    client.pass_(PASSWORD)
    client.list()
    client.uidl()
    # a line comes without its CRLF, and with its dot unstuffed
    bodies = [client.retr(number)[1] for number in (1, 2, 3, 7)]
    print("body 1:3,7", sum(len(line) + 2 for text in bodies for line in text))
    header = client.top(5, 0)[1]
    print("header 5", sum(len(line) + 2 for line in header))
    client.quit()


{"imap": imap, "pop3": pop3}[sys.argv[1]](sys.argv[2])
