# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""Unnamed thieves over TLS: three with one fingerprint, two with another."""

import os
import socket
import ssl

from mailclient import Imap
from record import ended, finish, point, query, within

PORT = int(os.environ["TLS_PORT"])


def tls(ciphers):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    return context


HARVESTER, OTHER = (tls(ciphers) for ciphers in (
    "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"))


def steal(account, prefix, context):
    """An address of a /64 of its own in one network; the client has no name."""
    plain = socket.create_connection
    try:
        socket.create_connection = lambda where, timeout: context.wrap_socket(
            plain(("127.0.0.1", PORT), timeout))
        imap = Imap(account, ip=f"2001:db8:2:{prefix}::7", session=f"thief-{account}")
    finally:
        socket.create_connection = plain
    try:
        imap.command("SELECT INBOX")
        imap.command("UID FETCH 1:40 BODY.PEEK[]")
    except (EOFError, OSError):
        pass
    ended(f"thief-{account}")


def incidents():
    return query("SELECT kind, client, accounts, network, source FROM v_incident"
                 " WHERE state = 'open' ORDER BY incident_row")


def main():
    for prefix, account in enumerate(("anna", "bob"), 1):
        steal(account, prefix, HARVESTER)
    point("two are an incident each", within(lambda: [
        row["kind"] for row in incidents()] == ["account", "account"]), incidents())
    steal("dora", 7, OTHER)
    point("with another fingerprint one more makes no campaign", within(
        lambda: len(incidents()) == 3) and
        {row["kind"] for row in incidents()} == {"account"}, incidents())
    steal("carl", 3, HARVESTER)
    campaign = within(lambda: [row for row in incidents() if row["kind"] == "campaign"])
    point("the third with the same makes them one campaign", campaign and
          campaign[0]["accounts"] == 3 and campaign[0]["network"] == "AS64502" and
          campaign[0]["client"].startswith("ja3:") and
          len(campaign[0]["client"]) == 36 and not campaign[0]["source"],
          [tuple(row) for row in incidents()])
    point("… with these accounts", within(lambda: {row["account"] for row in query(
        "SELECT account FROM v_incident_account")} == {"anna", "bob", "carl"}))
    point("the other one stays an incident of its own", any(
        row["kind"] == "account" for row in incidents()), incidents())
    finish()


main()
