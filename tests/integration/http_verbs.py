# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""Every verb over HTTP: one row each, in the order in which they are called. A verb
that has no row is called without parameters, and must answer or say what it lacks."""

import json
import os
import re
import urllib.error
import urllib.request

from record import finish, point, query, within

URL = f"http://127.0.0.1:{os.environ['AA_HTTP_PORT']}/doveadm/v1"
KEY = {"Content-Type": "application/json", "Authorization": "Basic ZG92ZWFkbTpzZWNyZXQ="}
ABROAD = "198.51.100.7"
USAGE = 64


def ask(data=None):
    request = urllib.request.Request(URL, data and json.dumps(data).encode(), KEY)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def call(verb, params):
    """(kind, what): "doveadmResponse" and rows, or "error" and its type and code."""
    try:
        return tuple(ask([[verb, params, "tag"]])[0][:2])
    except (urllib.error.URLError, ValueError, OSError) as error:
        return "broken", repr(error)


def camel(name):
    words = re.split("[ -]", name)
    return words[0] + "".join(word.capitalize() for word in words[1:])


def sql(text, *args):
    rows = query(text, *args)
    return rows[0][0] if rows else None


def made_by_http(kind, account):
    return sql("SELECT count(*) FROM v_order WHERE kind = ? AND account = ?"
               " AND made_by = 'doveadm-http'", kind, account) == 1


def thief(account):
    return sql("SELECT incident FROM v_session WHERE session = ?", f"thief-{account}")


# (verb, parameters or a function that gives them, what must hold of the rows)
ROWS = [
    ("auditStatus", {}, lambda rows: any(row.get("name") == "mode" for row in rows)),
    ("auditSessions", {"mask": "anna", "limit": "5"},
     lambda rows: {"home-anna", "thief-anna"} <= {row.get("session") for row in rows}),
    ("auditReads", {"mask": "anna", "kind": "body"},
     lambda rows: {row["kind"] for row in rows if row.get("kind")} == {"body"}),
    ("auditAccount", {"account": "anna"}, lambda rows: len(rows) > 3),
    ("auditBaseline", {"account": "anna"}, lambda rows: len(rows) > 3),
    ("auditScope", lambda: {"target": thief("anna"), "messages": "all"},
     lambda rows: any(row.get("what") == "read" for row in rows)),
    ("auditBacktest", {}, lambda rows: len(rows) > 0),
    ("auditIncidents", {"since": "1d"}, lambda rows: len(
        [row for row in rows if row.get("incident")]) == 2),
    ("auditIncidentsShow", lambda: {"target": thief("anna")},
     lambda rows: any("step 1 of 3" in row["text"] for row in rows)),
    ("auditIncidentsClose", lambda: {"target": thief("bob")},
     lambda rows: sql("SELECT decided_by FROM v_incident WHERE incident = ?",
                      thief("bob")) == "doveadm-http"),
    ("auditIncidentsReopen", lambda: {"target": thief("bob")},
     lambda rows: "open again" in str(rows)),
    ("auditWhy", lambda: {"target": thief("anna")},
     lambda rows: "doveadm audit unblock" in str(rows)),
    ("auditPivot", {"source": ABROAD}, lambda rows: {"anna", "bob"} <= {
        row["account"] for row in rows}),
    ("auditInquiries", {"since": "1d"}, lambda rows: {"scope", "pivot"} & {
        row.get("verb") for row in rows}),
    ("auditBlocks", {"mask": "anna"},
     lambda rows: [row["note"] for row in rows] == ["step 1 of 3: 1 h"]),
    ("auditBlock", {"account": "carl", "network": "AS64500", "for": "1h"},
     lambda rows: sql("SELECT made_by FROM v_block WHERE account = 'carl'") ==
     "doveadm-http"),
    ("auditUnblock", lambda: {"block": str(sql(
        "SELECT block FROM v_block WHERE account = 'carl'"))},
     lambda rows: sql("SELECT state FROM v_block WHERE account = 'carl'") == "lifted"),
    ("auditNotifyTest", {}, lambda rows: "sent" in str(rows)),
    ("auditLock", {"account": "carl"}, lambda rows: made_by_http("lock", "carl")),
    ("auditUnlock", {"account": "carl"}, lambda rows: "1 lock lifted" in str(rows)),
    ("auditAllow", {"account": "carl", "network": "AS64500"},
     lambda rows: made_by_http("allow", "carl")),
    ("auditTravel", {"account": "carl", "country": "IT", "for": "2d"},
     lambda rows: made_by_http("travel", "carl")),
    ("auditTest", {"account": "carl", "ip": ABROAD},
     lambda rows: "never judged" in str(rows)),
    ("auditAccept", lambda: {"target": thief("anna")},
     lambda rows: "1 blocks lifted" in str(rows)),
    ("auditConfirm", lambda: {"target": thief("bob")},
     lambda rows: "1 blocks until they are lifted" in str(rows)),
    ("auditOrders", {"mask": "carl"}, lambda rows: {row["kind"] for row in rows} ==
     {"allow", "travel"}),
    ("auditCanaryPlant", {"account": "carl"},
     lambda rows: rows[0]["account"] == "carl"),
    ("auditCanaryList", {"mask": "carl"},
     lambda rows: [row["state"] for row in rows] == ["settling"]),
    ("auditCanaryRemove", lambda: {"canary": str(sql("SELECT canary FROM v_canary"))},
     lambda rows: rows[0]["result"] == "removed"),
    # Nobody is there: that is an answer, too.
    ("auditKick", {"target": "carl"}, None),
]
NOBODY, SETTING = 68, 78
# They tell what is on the disk: what was changed a moment ago may not be there.
LISTS = ("auditBlocks", "auditCanaryList", "auditIncidents", "auditInquiries", "auditOrders")


def answered(kind, what):
    """It did what it is for, or said why not: it neither broke nor fell silent."""
    return kind == "doveadmResponse" or (
        kind == "error" and what.get("exitCode") in (USAGE, NOBODY, SETTING))


def main():
    with open(os.environ["AA_TABLE"], encoding="utf-8") as file:
        table = {camel(name) for name in re.findall(r'\.name = "(audit [^"]*)"', file.read())}
    listed = {row["command"] for row in ask() if row["command"].startswith("audit")}
    point("Dovecot lists each verb of the table", listed == table and len(table) > 30,
          table ^ listed)
    for verb, params, holds in ROWS:
        kind, what = call(verb, params() if callable(params) else params)
        if holds is None:
            point(verb, answered(kind, what), kind, what)
        else:
            good = kind == "doveadmResponse" and within(
                lambda: holds(call(verb, params)[1] if verb in LISTS else what))
            point(verb, good, kind, what)
    for verb in sorted(listed - {row[0] for row in ROWS}):
        kind, what = call(verb, {})
        point(f"{verb} without parameters", answered(kind, what), kind, what)
    for verb in sorted(listed):
        kind, what = call(verb, {"nonsense": "x"})
        point(f"{verb} with a parameter that is not there", kind == "error" or
              answered(kind, what), kind, what)
    finish()


main()
