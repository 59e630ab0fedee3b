# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""What a mail process tells the service, seen on the wire: how many messages the
mailbox holds, and when a search was made."""

import re
import time

from mailclient import Imap, Pop3
from record import finish, point
from stand_in import StandIn

ANNA = "anna@example.org"
MESSAGE = b"Subject: one more\r\n\r\nText.\r\n"


def box_messages(lines):
    """{(mailbox, kind): the numbers that its READ lines told, each once}"""
    told = {}
    for command, fields in lines:
        if command == "READ":
            numbers = told.setdefault((fields["box"], fields["kind"]), [])
            number = fields.get("box_messages")
            if number not in numbers:
                numbers.append(number)
    return told


def append(client, box):
    tag = client.start(f"APPEND {box} {{{len(MESSAGE)}+}}\r\n" + MESSAGE.decode())
    return client.until(tag)


def each_way_tells_the_number():
    client = Imap(ANNA, session="lines-kinds")
    client.command("SELECT INBOX")
    for command in ("UID FETCH 1 BODY.PEEK[]", "UID FETCH 2 BODY.PEEK[1]",
                    "UID FETCH 1:2 BODY.PEEK[HEADER]", "UID FETCH 1:9 ENVELOPE",
                    "UID FETCH 1:9 BODYSTRUCTURE", 'UID SEARCH TEXT "message 2 in"',
                    "UID COPY 3 Copies"):
        client.command(command)
    client.logout()
    told = box_messages(service.ended("lines-kinds"))
    kinds = ("body", "part", "header", "fields", "structure", "search", "copy")
    point("imap: READ of each kind tells the messages of the mailbox, a copy those "
          "of its source", told == {("INBOX", kind): ["9"] for kind in kinds}, told)


def it_follows_the_mailbox():
    client = Imap(ANNA, session="lines-follow")
    client.command("SELECT Growing")
    client.command("UID FETCH 1 BODY.PEEK[]")
    append(client, "Growing")
    client.command("NOOP")
    time.sleep(1.1)		# reports come at most once a second
    client.command("UID FETCH 2 BODY.PEEK[]")
    client.command("UID STORE 1:2 +FLAGS.SILENT (\\Deleted)")
    client.command("EXPUNGE")
    time.sleep(1.1)
    client.command("UID FETCH 3 BODY.PEEK[]")
    client.logout()
    told = box_messages(service.ended("lines-follow"))
    point("imap: the number grows with the mailbox, and falls",
          told == {("Growing", "body"): ["3", "4", "2"]}, told)


def two_mailboxes():
    client = Imap(ANNA, session="lines-two")
    client.command("SELECT INBOX")
    client.command("UID FETCH 4 BODY.PEEK[]")
    client.command("SELECT Other")
    client.command("UID FETCH 1:5 BODY.PEEK[]")
    client.logout()
    told = box_messages(service.ended("lines-two"))
    point("imap: each mailbox has its own number",
          told == {("INBOX", "body"): ["9"], ("Other", "body"): ["5"]}, told)


def by_url():
    client = Imap(ANNA, session="lines-url")
    client.command('GENURLAUTH "imap://anna%40example.org@localhost/INBOX/;UID=4;'
                   'URLAUTH=user+anna%40example.org" INTERNAL')
    url = re.search(rb'"(imap://[^"]*)"', client.lines[-1][0])
    answer = client.command(f'URLFETCH "{url[1].decode()}"') if url else "no URL"
    client.logout()
    told = box_messages(service.ended("lines-url"))
    point("imap: URLFETCH tells it of the mailbox that it opens",
          told == {("INBOX", "body"): ["9"]}, answer, told)
    client = Imap(ANNA, session="lines-catenate")
    answer = client.command('APPEND Copies CATENATE (URL "/Other/;UID=2")')
    client.logout()
    told = box_messages(service.ended("lines-catenate"))
    point("imap: CATENATE tells it of the source",
          told == {("Other", "copy"): ["5"]}, answer, told)


def by_pop3():
    client = Pop3(ANNA, session="lines-pop3")
    client.text("RETR 2")
    client.text("TOP 3 0")
    client.command("DELE 2")
    client.text("RETR 4")
    client.command("RSET")
    client.quit()
    told = box_messages(service.ended("lines-pop3"))
    point("pop3: RETR and TOP tell it",
          told == {("INBOX", "body"): ["9"], ("INBOX", "header"): ["9"]}, told)


# command, the words as they are told, hits
SEARCHES = [
    ('UID SEARCH TEXT "message 2 in"', 'TEXT "message 2 in"', 1),
    ('SEARCH BODY "message 3 in"', 'BODY "message 3 in"', 1),
    ('SEARCH SUBJECT "Message 5 of"', 'HEADER SUBJECT "Message 5 of"', 1),
    ('SEARCH FROM "sender1@"', 'HEADER FROM "sender1@"', 2),
    ('SEARCH HEADER Message-ID "<4."', 'HEADER MESSAGE-ID "<4."', 1),
    ('SEARCH LARGER 10 NOT TEXT "message 2 in"', 'NOT TEXT "message 2 in"', 8),
    ('SEARCH OR BODY password BODY invoice',
     'BODY "password" BODY "invoice"', 0),
    ('UID SEARCH RETURN (COUNT) TEXT "message 6 in"', 'TEXT "message 6 in"', 1),
    ('UID SEARCH RETURN (SAVE) BODY "message 7 in"', 'BODY "message 7 in"', 1),
    ('UID SORT (SUBJECT) UTF-8 TEXT "message 8 in"', 'TEXT "message 8 in"', 1),
    ('UID SORT RETURN (ALL) (DATE) UTF-8 TEXT "message 8 in"',
     'TEXT "message 8 in"', 1),
    ('UID THREAD REFERENCES UTF-8 TEXT "message 9 in"', 'TEXT "message 9 in"', 1),
]
NO_SEARCHES = ["UID SEARCH ALL", "SEARCH UNSEEN SINCE 1-Jan-2020 LARGER 10",
               "UID SORT (ARRIVAL) UTF-8 ALL", "UID THREAD REFERENCES UTF-8 ALL",
               "UID FETCH 1:* FLAGS"]


def searches(session):
    return [(fields["terms"].upper(), int(fields["hits"]))
            for command, fields in service.ended(session) if command == "SEARCH"]


def each_search_is_told():
    for service.terms in ("yes", "no"):
        session = f"lines-search-{service.terms}"
        client = Imap(ANNA, session=session)
        client.command("EXAMINE INBOX")
        answers = [client.command(command) for command in
                   [row[0] for row in SEARCHES] + NO_SEARCHES]
        client.logout()
        told = searches(session)
        expected = [(words.upper() if service.terms == "yes" else "", hits)
                    for _, words, hits in SEARCHES]
        point(f"terms={service.terms}: each search by content is told, no other",
              all(answer.startswith("OK") for answer in answers) and
              told == expected, answers, told, expected)


def searches_come_before_what_is_read_after_them():
    for service.terms in ("yes", "no"):
        session = f"lines-order-{service.terms}"
        client = Imap(ANNA, session=session)
        client.command("EXAMINE INBOX")
        tags = [client.start(text) for text in (
            'UID SEARCH TEXT "message 2 in"', "UID FETCH 2 BODY.PEEK[]",
            'UID SEARCH TEXT "message 3 in"', "UID FETCH 3 BODY.PEEK[]", "LOGOUT")]
        for tag in tags:
            client.until(tag)
        client.drop()
        lines = service.ended(session)
        order = [command if command != "READ" else fields["kind"]
                 for command, fields in lines if command in ("SEARCH", "READ")]
        point(f"terms={service.terms}: searches come before what is read after them",
              order.count("SEARCH") == 2 and "body" in order and
              "SEARCH" not in order[order.index("body"):], order)


def a_search_that_finds_nothing_is_reported():
    client = Imap(ANNA, session="lines-nothing")
    client.command("EXAMINE INBOX")
    client.command("SEARCH TEXT nowhere")
    lines = service.until("lines-nothing", "DONE")
    client.logout()
    seq = [fields["seq"] for command, fields in lines
           if command in ("SEARCH", "DONE")]
    point("a search that finds nothing is closed by a report while the client "
          "idles", len(seq) == 2 and seq[0] == seq[1], lines)


service = StandIn()
each_way_tells_the_number()
it_follows_the_mailbox()
two_mailboxes()
by_url()
by_pop3()
each_search_is_told()
searches_come_before_what_is_read_after_them()
a_search_that_finds_nothing_is_reported()
finish()
