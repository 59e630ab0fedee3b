"""export.py: doveadm audit export on a database that this fills by hand, with the
links of a chain as the service makes them; pages, positions, changes in between, names
that would harm. The service is down. Prints points."""

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

base = Path(os.environ["AA_DIR"])
database = base / "db" / "audit.sqlite"
HOSTILE = ['=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "\ttab", "\rreturn",
           "a,b;c", 'q"uo"te', "line\nbreak", "\x1b]0;x\x07", "<script>alert(1)</script>",
           "\u202egnp.exe", "\x00nul"[1:], "é€😀", "{\"a\":1}", "'; DROP TABLE session"]
KINDS = ("body", "fields", "part")
FORMULA = re.compile(r"^[=+\-@\t\r]")


def point(what, good, why=""):
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        print("# " + str(why)[:600], flush=True)


def export(*arguments):
    done = subprocess.run([str(base / "doveadm"), "audit", "export", *arguments],
                          capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def no_twins(pairs):
    assert len(pairs) == len(dict(pairs)), pairs
    return dict(pairs)


def ecs(*arguments):
    """The rows as objects, and the last line."""
    status, out, err = export(*arguments)
    lines = [json.loads(line, object_pairs_hook=no_twins) for line in out.splitlines()]
    assert status == 0 and lines, (status, err[:400])
    return lines[:-1], lines[-1]["access_audit"]["export"]


link = 0


def seal(db, statement, values, keep_open=False):
    """Rows as one link of the chain."""
    global link
    link += 1
    db.executemany(statement, [tuple(link if v == "LINK" else v for v in row) for row in values])
    db.execute("UPDATE chain SET open = 0")
    db.execute("INSERT INTO chain (n, at_ms, rows, digest, hash, kept, collected, open) "
               "VALUES (?, 1, 1, x'', x'', 1, 0, ?)", (link, int(keep_open)))
    db.commit()


SESSION = """INSERT OR REPLACE INTO session (id, account_id, key, session_id, real_user,
    service, method, ip, port, tls, client, country, asn, as_org, network, located, lat, lon,
    radius_km, private_ip, standing, confirmed, first_ms, last_ms, end_ms, end_reason, paused,
    action, enforced, incident_id, bodies, first_time_bodies, body_bytes, bytes_in, bytes_out,
    lease_granted, lease_spent, unaudited_ms, seq, sealed)
    VALUES (?, ?, ?, ?, ?, 'imap', 'PLAIN', '198.51.100.7', 40000, 1, ?, 'FR', 64500,
    'Example', 'AS64500', 1, 48.5, -2.25, 20, 0, 'familiar', 1, ?, ?, ?, 'logout', 0,
    'none', 0, NULL, ?, 1, 10, 11, 12, 0, 0, 0, 1, ?)"""
READ = """INSERT OR REPLACE INTO read (session_id, mailbox_id, kind, name, uids, messages,
    first_time, bytes, first_ms, last_ms, old_messages, fields_wide, sealed)
    VALUES (?, ?, ?, ?, '1:3,7', 4, 1, 100, ?, ?, 0, 0, ?)"""


def session(n, bodies=3, end=True):
    name = HOSTILE[n % len(HOSTILE)]
    at = 1700000000000 + n * 1000
    return (n, n % 50 + 1, f"{n:032x}", f"s{n}-{name}", name, name, at, at + 5,
            at + 5 if end else None, bodies, "LINK")


def read(n, kind="body"):
    at = 1700000000000 + n * 1000
    return (n, n % 50 + 1, kind, HOSTILE[n % len(HOSTILE)], at, at + 5, "LINK")


def fill(db):
    db.executescript("DELETE FROM session; DELETE FROM read; DELETE FROM chain; "
                     "DELETE FROM account; DELETE FROM mailbox; DELETE FROM incident; "
                     "DELETE FROM search;")
    db.executemany("INSERT INTO account (id, name, first_ms, last_ms, sessions, uid_known, uid)"
                   " VALUES (?, ?, 1, 2, 3, 0, 0)",
                   [(i, f"{HOSTILE[i % len(HOSTILE)]}{i}@example.org") for i in range(1, 51)])
    db.executemany("INSERT INTO mailbox (id, guid, uidvalidity, name, owner) VALUES (?,?,1,?,?)",
                   [(i, f"{i:032x}", HOSTILE[i % len(HOSTILE)], f"owner{i}") for i in range(1, 51)])
    db.executemany("INSERT INTO gap (id, cause, from_ms, until_ms, account, sessions, messages,"
                   " detail) VALUES (?, 'store-full', 1700000000000, 1700000001000, ?, 1, 2, ?)",
                   [(n, HOSTILE[n % len(HOSTILE)], HOSTILE[-n % len(HOSTILE)])
                    for n in range(1000, 1100)])
    # so many that a page ends within a link and between the kinds of a session
    for first in range(1, 3001, 97):
        last = min(first + 97, 3001)
        seal(db, SESSION, [session(n) for n in range(first, last)])
        seal(db, READ, [read(n, kind) for n in range(first, last) for kind in KINDS])


def rows_of(lines, path):
    value = []
    for line in lines:
        for key in path.split("."):
            line = line[key]
        value.append(line)
    return value


def check_all(db):
    lines, last = ecs("sessions")
    ids = rows_of(lines, "access_audit.session.row")
    point("every session comes once", sorted(ids) == list(range(1, 3001)), len(ids))
    links = rows_of(lines, "access_audit.link")
    point("… in the order of the links", links == sorted(links))
    point("… the last line tells the position", last["position"] == f"sessions:{link}" and
          last["rows"] == 3000 and last["more"] is False, last)
    point("… and whether that was all, with each gap", last["record"][-1]["what"] ==
          "incomplete" and 100 == len([i for i in last["record"] if i["what"] == "gap" and
                                       i["account"] in HOSTILE]), last["record"][-3:])
    wanted = db.execute("SELECT account.name, session_id, client FROM session JOIN account "
                        "ON account.id = account_id ORDER BY session.id").fetchall()
    lines.sort(key=lambda line: line["access_audit"]["session"]["row"])
    got = [(l["user"]["name"], l["access_audit"]["session"]["id"], l["user_agent"]["original"])
           for l in lines]
    point("names arrive as they are, whatever is in them", got == wanted,
          [pair for pair in zip(got, wanted) if pair[0] != pair[1]][:2])
    one = lines[0]
    point("what ECS calls it", one["source"]["ip"] == "198.51.100.7" and
          one["source"]["geo"] == {"country_iso_code": "FR",
                                   "location": {"lat": 48.5, "lon": -2.25}} and
          one["source"]["as"] == {"number": 64500, "organization": {"name": "Example"}} and
          one["event"]["category"] == ["authentication", "session"] and
          one["event"]["start"] == "2023-11-14T22:13:21.000Z" and
          one["event"]["end"] == "2023-11-14T22:13:21.005Z" and
          one["event"]["duration"] == 5000000 and one["tls"]["established"] is True and
          one["@timestamp"] == one["event"]["end"], one)
    lines, _ = ecs("reads")
    ids = rows_of(lines, "event.id")
    point("every read comes once, by a name of its own",
          len(ids) == 9000 and len(set(ids)) == 9000, len(ids))
    lines, _ = ecs("sessions", "--since", "@1700002900")
    point("--since leaves out what is older", len(lines) == 101, len(lines))


def check_resume(db):
    """Pages of some hundred, while rows come and change between them."""
    seen, position, rounds = [], "reads:0", 0
    changed = {}
    while True:
        lines, last = ecs("reads", "--limit", "500", "--after", position)
        seen += [(l["event"]["id"], l["access_audit"]["link"]) for l in lines]
        position, rounds = last["position"], rounds + 1
        if not last["more"]:
            break
        point("a page is not much more than was asked for", 500 <= len(lines) < 900,
              len(lines)) if rounds == 1 else None
        if rounds < 6:
            new = 3000 + rounds
            seal(db, READ, [read(new), read(rounds), read(2990 - rounds)], keep_open=rounds % 2 == 0)
            changed[f"read-{rounds}.{rounds % 50 + 1}.body"] = link
    ids = [i for i, _ in seen]
    everything = {f"read-{s}.{m}.{k}" for s, m, k in
                  db.execute("SELECT session_id, mailbox_id, kind FROM read")}
    point("nothing is lost while rows come and change", everything == set(ids),
          sorted(everything ^ set(ids))[:5])
    twice = {i for i in ids if ids.count(i) > 1}
    point("… and only what changed comes again", len(seen) == len(set(seen)) and
          twice == set(changed), (sorted(twice)[:5], sorted(changed)[:5]))
    point("… with its newest state last", all(
        max(l for i, l in seen if i == name) == at for name, at in changed.items()))
    lines, last = ecs("reads", "--after", position)
    point("then there is nothing more", lines == [] and last["position"] == position, last)


def check_open_link(db):
    """The last link may still take rows: they come now, and again when it is closed."""
    seal(db, SESSION, [session(4001, end=False)], keep_open=True)
    lines, last = ecs("sessions", "--after", f"sessions:{link - 1}")
    point("a row of a link that is open comes at once", rows_of(
        lines, "access_audit.session.row") == [4001] and "end" not in lines[0]["event"], lines)
    db.execute(SESSION, [link if v == "LINK" else v for v in session(4002)])
    db.commit()
    lines, last = ecs("sessions", "--after", last["position"])
    point("… and what it takes later is not lost",
          rows_of(lines, "access_audit.session.row") == [4001, 4002], lines)
    db.execute("UPDATE chain SET open = 0")
    db.commit()


def check_position_file(db):
    path = base / "position"
    lines, _ = ecs("sessions", "--position-file", str(path))
    point("a position file that is not there is made", len(lines) == 3002 and
          path.read_text() == f"sessions:{link}\n" and path.stat().st_mode & 0o777 == 0o600,
          len(lines))
    lines, _ = ecs("sessions", "--position-file", str(path))
    point("… and goes on from", lines == [], len(lines))
    seal(db, SESSION, [session(5000)])
    lines, _ = ecs("sessions", "--position-file", str(path))
    point("… with what is new", rows_of(lines, "access_audit.session.row") == [5000], lines)
    status, _, err = export("reads", "--position-file", str(path))
    point("one of something else is refused", status == 64 and "no position" in err, err)
    status, _, err = export("sessions", "--after", "sessions:999999")
    point("so is one of another database", status == 65 and "another database" in err, err)
    link_file = base / "link"
    link_file.symlink_to(base / "elsewhere")
    status, _, err = export("sessions", "--after", "sessions:0", "--position-file",
                            str(link_file))
    point("nor is a link written through", status == 75 and
          not (base / "elsewhere").exists(), err)
    for wrong in ("x", "sessions:", "sessions:-1", "sessions:1x", "\x1b[31m"):
        status, _, err = export("sessions", "--after", wrong)
        if status != 64 or "\x1b" in err:
            point(f"--after {wrong!r} is refused", False, err)
    for wrong in (["nothing"], [], ["sessions", "--format", "xml"], ["sessions", "--limit", "x"]):
        status, _, err = export(*wrong)
        if status != 64:
            point(f"{wrong} is refused", False, err)


def check_csv(db):
    status, out, err = export("sessions", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    point("CSV: every row is one", status == 0 and len(rows) == 3003, (status, len(rows)))
    cells = [cell for row in rows for cell in row.values()]
    bad = [cell for cell in cells if FORMULA.match(cell) and not re.fullmatch(r"-[\d.]+", cell)]
    point("CSV: no cell is a formula", bad == [], bad[:3])
    bad = [cell for cell in cells if re.search(r"[\x00-\x1f\x7f\u202e]", cell)]
    point("CSV: no cell holds a control character", bad == [], bad[:3])
    point("CSV: times that people and programs read", rows[0]["first"] ==
          "2023-11-14T22:13:21.000Z" and rows[0]["lat"] == "48.5", rows[0])
    point("CSV: the position is told beside", re.search(r"^position: sessions:\d+$", err, re.M) and
          "recording: " in err, err)


def check_others(db):
    seal(db, """INSERT INTO incident (id, ref, account_id, country, network, state, action,
        enforced, opened_ms, last_ms, sessions, bodies, first_time_bodies, summary, sealed)
        VALUES (?, ?, 1, 'FR', 'AS64500', 'open', 'stop', 1, 1, 2, 3, 4, 5, ?, ?)""",
         [(7, "AA-7", "story " + HOSTILE[0], "LINK")])
    lines, _ = ecs("incidents")
    point("incidents", len(lines) == 1 and lines[0]["event"]["kind"] == "alert" and
          lines[0]["message"] == "story " + HOSTILE[0] and
          lines[0]["access_audit"]["incident"]["ref"] == "AA-7", lines)
    seal(db, """INSERT INTO search (session_id, mailbox_id, at_ms, terms, hits, categories,
        sealed) VALUES (?, 2, ?, ?, 5, ?, ?)""",
         [(n, 1700000000000, HOSTILE[n % len(HOSTILE)], "credentials,finance", "LINK")
          for n in range(1, 1501)])
    lines, _ = ecs("searches")
    point("searches, with their categories", len(lines) == 1500 and
          lines[0]["access_audit"]["search"]["categories"] == ["credentials", "finance"] and
          rows_of(lines, "access_audit.search.terms") ==
          [HOSTILE[n % len(HOSTILE)] for n in range(1, 1501)], len(lines))


def paths(line, prefix=""):
    for key, value in line.items():
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def is_explained(path, page):
    """By its name, or by that of what it is in and its own."""
    parent, _, leaf = path.rpartition(".")
    return f"`{path}`" in page or (
        (f"`{parent}`" in page or f"`{parent}.*`" in page) and f"`{leaf}`" in page)


def check_page():
    page = (Path(__file__).parents[2] / "doc" / "EXPORT.md").read_text()
    odd = {path for what in ("sessions", "reads", "incidents", "searches")
           for line in ecs(what)[0] for path in paths(line) if not is_explained(path, page)}
    point("the page explains each field", odd == set(), odd)


def check_broken_pipe():
    done = subprocess.run(f"'{base}/doveadm' audit export reads | head -n 1 | wc -l",
                          shell=True, capture_output=True, text=True, timeout=60)
    point("a reader that has enough ends it", done.stdout.strip() == "1", done)


def main():
    db = sqlite3.connect(database)
    fill(db)
    check_all(db)
    check_resume(db)
    check_open_link(db)
    check_position_file(db)
    check_csv(db)
    check_others(db)
    check_page()
    check_broken_pipe()
    db.close()


main()
