#!/usr/bin/env python3
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING
"""score.py LABELS VERDICTS: what verdicts are worth, as JSON.

LABELS, a CSV file, holds three kinds of rows:
  M,key=value,...                          what was made: accounts, days, seed
  S,session,account,life,incident          incident "-": the session is legitimate
  E,seq,t,session,incident,share,aim,...   an event of an attack: the parts of the
                                           mailbox and of the attacker's aim it delivers
An incident is named after its scenario, "A3-17".
VERDICTS are the rows of access-audit-replay. Both may be packed (.gz).
"""
import collections
import csv
import gzip
import json
import sys

Session = collections.namedtuple("Session", "account life incident")
Event = collections.namedtuple("Event", "seq session share aim")
Block = collections.namedtuple("Block", "seq served")


def opened(path, mode):
    return (gzip.open if str(path).endswith(".gz") else open)(path, mode)


def rows(path):
    with opened(path, "rt") as file:
        yield from csv.reader(file)


class Labels:
    def __init__(self, path):
        self.meta, self.sessions = {}, {}
        self.incidents = collections.defaultdict(list)
        for row in rows(path):
            if row[0] == "M":
                self.meta = dict(cell.split("=", 1) for cell in row[1:])
            elif row[0] == "S":
                self.sessions[row[1]] = Session(*row[2:5])
            elif row[0] == "E":
                self.incidents[row[4]].append(
                    Event(int(row[1]), row[3], float(row[5]), float(row[6])))

    def weeks(self):
        """In thousands of account-weeks."""
        return int(self.meta["accounts"]) * int(self.meta["days"]) / 7 / 1000


class Verdicts:
    def __init__(self, path):
        self.shown = collections.defaultdict(set)  # session: days on which
        self.blocks = {}
        for row in rows(path):
            if row and row[0] != "seq":
                self.add(*row[:5])

    def add(self, seq, t, session, action, served):
        self.shown[session].add(int(t) // 86400)
        if action == "block":
            block = Block(int(seq), float(served or 0))
            if session not in self.blocks or block.seq < self.blocks[session].seq:
                self.blocks[session] = block

    def delivered(self, event):
        """The part of an event's messages that was delivered."""
        block = self.blocks.get(event.session)
        if block is None or event.seq < block.seq:
            return 1
        return block.served if event.seq == block.seq else 0


def upper_median(values):
    return sorted(values)[len(values) // 2]


def score_lives(labels, verdicts):
    """False ones per 1,000 account-weeks, by kind of life and in all."""
    sessions = collections.Counter()
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for name, session in labels.sessions.items():
        if session.incident != "-":
            continue
        sessions[session.life] += 1
        for group in (session.life, "all"):
            kinds = found[group]
            if name in verdicts.shown:
                kinds["sessions flagged"].add(name)
                kinds["days flagged"].update(
                    (session.account, day) for day in verdicts.shown[name])
            if name in verdicts.blocks:
                kinds["sessions blocked"].add(name)
                kinds["accounts blocked"].add(session.account)
    sessions["all"] = sum(sessions.values())
    return {life: dict({kind: len(found[life][kind]) / labels.weeks()
                        for kind in ("sessions flagged", "days flagged",
                                     "sessions blocked", "accounts blocked")},
                       sessions=count)
            for life, count in sessions.items()}


def score_incident(events, verdicts):
    events = [event for event in events if event.session != "-"]
    return {
        "detected": any(event.session in verdicts.shown for event in events),
        "blocked": any(event.session in verdicts.blocks for event in events),
        "aim": sum(event.aim * verdicts.delivered(event) for event in events),
        "mailbox": sum(event.share * verdicts.delivered(event) for event in events),
    }


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else 0


def score_scenarios(labels, verdicts):
    found = collections.defaultdict(list)
    for name, events in labels.incidents.items():
        found[name.split("-")[0]].append(score_incident(events, verdicts))
    result = {}
    for name in sorted(found, key=lambda name: int(name[1:])):
        incidents = found[name]
        result[name] = {
            "incidents": len(incidents),
            "detected": mean(one["detected"] for one in incidents),
            "blocked": mean(one["blocked"] for one in incidents),
            "aim delivered": upper_median([one["aim"] for one in incidents]),
            "mailbox delivered": upper_median([one["mailbox"] for one in incidents]),
        }
    return result


def score(labels_path, verdicts_path):
    labels, verdicts = Labels(labels_path), Verdicts(verdicts_path)
    scenarios = score_scenarios(labels, verdicts)
    total = sum(one["incidents"] for one in scenarios.values())
    return {
        "lives": score_lives(labels, verdicts),
        "scenarios": scenarios,
        "detected": sum(one["incidents"] * one["detected"]
                        for one in scenarios.values()) / max(1, total),
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(json.dumps(score(*sys.argv[1:]), indent=1))
