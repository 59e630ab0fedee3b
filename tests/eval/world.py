#!/usr/bin/env python3
"""Make a synthetic world: an access trace and its labels, to judge the detection where nobody tuned it.

  world.py PRESET SEED OUTDIR [--accounts N] [--days N] [--attacks N] [--gzip]

Writes OUTDIR/trace.csv and OUTDIR/labels.csv in the format of the training traces. The same preset,
seed and numbers give the same bytes. --attacks is a number of incidents per scenario A1 … A13; their
intensities take turns.

Presets (each is `plain` with the named things changed; the table is PRESETS):
  plain       like the training traces, with other countries, AS numbers and client names
  dynamic     homes (and residential attackers) get a new address and prefix each day, a quarter of
              them use two ASes in turn, a third IPv6; wide mobile pools
  renumber    at half-time a big provider's AS number changes, three days later the first office and
              half of the others move to another provider, and the most common phone client becomes
              one with another name over two weeks
  travel      three times the days on trips, some travellers dig in their archive from the hotel; a
              third of the accounts start in the middle; five times the new devices, a third of all
              first syncs from a network never seen
  slow, fast  attackers at a third of the pace, spread over more sessions and days; at three times the
              pace, with larger bulk
  local       all attacks from residential lines of the victim's country, mostly big providers, with
              the site's most common clients (A9 and A13 stay what they are)
  office      50 accounts, nearly all behind one office address, and phones; two attacks a scenario
  university  1500 accounts for 45 days, many lines that change, visits, VPNs, newcomers, all clients
  webmail     half of the accounts read through a webmail proxy in the site's own host network

What it cannot show: real client mixes and their bugs, real attackers' pace and care, real errors of
geo databases, people with habits (days here are drawn independently), folders (a message's mailbox is
a function of its number), deletions, and any correlation between accounts other than offices,
providers and sprays. Numbers are read off the training traces, so what is wrong there is wrong here.
"""
import argparse
import gzip
import io
import os
import random
import sys
import tempfile

sys.dont_write_bytecode = True

import attacks
import lives
import nets
from nets import DAY

COLUMNS = ("seq,t,ev,acct,sess,proto,ip,cc,lat,lon,rad,asn,net,client,mb,msgs,old,hdrs,oldh,bytes,ids,"
           "term,mbm,mbb")
PLAIN = {
    "accounts": 400, "days": 60, "attacks": 9, "kinds": lives.KINDS,
    "offices": 10, "office_pool": 1,    # offices, and addresses of each
    "p_office": .64,                    # part of the people who work in one
    "work_wifi": .48,                   # part of their phones' sessions in working hours
    "office_moves": False,
    "newcomers": .10,                   # accounts that start during the run
    "travellers": .37, "trips_each": 1.0,
    "trip_archive": .0006,              # part of a trip's sessions that dig in the archive
    "newdev": .14, "newdev_each": False,    # a new device per account, or per device
    "sync_wifi": .06,                   # part of first syncs from a network never seen
    "wifi": .023,                       # part of laptop sessions from a café or another strange network
    "vpn": (.05, .08),                  # people who use one half of the time, and at times
    "own_failures": .035,               # people whose forgotten device knocks for hours
    "dynamic": .03, "two_as": 0, "v6": .11,     # homes with daily addresses, two ASes, IPv6
    "renumber": False, "pace": 1.0, "local": False,
}
PRESETS = {
    "plain": {},
    "dynamic": {"dynamic": 1.0, "two_as": .25, "v6": .33},
    "renumber": {"renumber": True, "office_moves": True},
    "travel": {
        "travellers": .8, "trips_each": 2.2, "trip_archive": .008, "newcomers": .33,
        "newdev": .4, "newdev_each": True, "sync_wifi": .33},
    "slow": {"pace": 3.0},
    "fast": {"pace": 1 / 3},
    "local": {"local": True},
    "office": {
        "accounts": 50, "attacks": 2, "offices": 1, "p_office": .96, "work_wifi": .85,
        "travellers": .25, "vpn": (.02, .05),
        "kinds": (("phone laptop", 30), ("laptop", 9), ("phone laptop cloudapp", 3), ("phone", 2),
                  ("ticket", 2), ("shared", 3), ("phone webmail", 1))},
    "university": {
        "accounts": 1500, "days": 45, "offices": 6, "office_pool": 40, "p_office": .8, "newcomers": .18,
        "travellers": .45, "trips_each": 1.4, "newdev": .25, "newdev_each": True, "sync_wifi": .2,
        "wifi": .05, "vpn": (.08, .15), "dynamic": .4, "two_as": .1, "v6": .3,
        "kinds": lives.KINDS + (("phone webmail", 60), ("laptop laptop phone", 50),
                                ("phone laptop backup", 40), ("phone phone laptop", 60))},
    "webmail": {
        "kinds": tuple((k, n) for k, n in lives.KINDS if "webmail" not in k)
        + (("webmail", 150), ("phone webmail", 150), ("phone laptop webmail", 50))},
}


class Spool:
    """Events by day in temporary files, so that memory does not grow with the run."""

    def __init__(self, days, folder):
        self.end, self.n = days * DAY, 0
        self.files = [open(os.path.join(folder, str(d)), "w+") for d in range(days)]

    def add(self, t, line, tail=""):
        if 0 <= t < self.end:
            self.n += 1
            self.files[t // DAY].write("%d\t%d\t%s\t%s\n" % (t, self.n, line, tail))

    def replay(self):
        """(t, line, tail) in order of time, within a second in the order of adding."""
        for f in self.files:
            f.seek(0)
            rows = [r.rstrip("\n").split("\t") for r in f]
            for t, _, line, tail in sorted(rows, key=lambda r: (int(r[0]), int(r[1]))):
                yield t, line, tail
            f.close()


class World:
    def __init__(self, seed, opt, spool, labels):
        self.seed, self.opt, self.spool, self.labels, self.sessions = seed, opt, spool, labels, 0
        self.rng = rng = random.Random("world/%s" % seed)
        self.atlas = atlas = nets.Atlas(seed, opt)
        self.proxy = nets.Fixed(atlas, atlas.host, rng)
        self.offices = []
        for _ in range(opt["offices"]):
            self.offices.append(self.draw_office())

    def draw_office(self):
        atlas, rng, opt = self.atlas, self.rng, self.opt
        cc = lives.weighted(rng, atlas.site) if self.offices else atlas.home_cc
        moved = nets.Fixed(atlas, atlas.pick(cc, "biz", rng), rng, opt["office_pool"])
        moves = rng.random() < .5 or not self.offices
        at = (opt["days"] / 2 + 3) * DAY if opt["office_moves"] and moves else float("inf")
        return nets.Fixed(atlas, atlas.pick(cc, "biz", rng), rng, opt["office_pool"], at, moved)

    # --- what lives and attacks write ---

    def new_session(self, acct, tag, incident):
        self.sessions += 1
        sess = "s%d" % self.sessions
        self.labels.write("S,%s,%s,%s,%s\n" % (sess, acct, tag, incident or "-"))
        return sess

    def emit(self, t, line, sess, truth):
        self.spool.add(t, line, truth and "%s,%s,%.6f,%.6f,%.6f" % (sess, *truth) or "")

    def fail(self, t, acct, place, client, proto="imap"):
        self.spool.add(int(t), "X,%s,,%s,%s,%s,,,,,,,,,," % (acct, proto, place.at(t), client))

    def names(self, rng, n):
        all_of_them = range(self.opt["accounts"])
        return ["u%05d" % i for i in rng.sample(all_of_them, min(n, len(all_of_them)))]

    # --- who is attacked, who lives how ---

    def draw_accounts(self):
        """(kind, first day) of each account; enough newcomers for A8."""
        rng, opt = self.rng, self.opt
        kinds = [lives.weighted(rng, opt["kinds"]) for _ in range(opt["accounts"])]
        people = [i for i, k in enumerate(kinds) if k not in ("ticket", "shared")]
        wanted = max(opt["attacks"], int(opt["newcomers"] * opt["accounts"]))
        new = set(rng.sample(people, min(len(people), wanted)))
        start = lambda i: rng.uniform(.05, .75) * opt["days"] if i in new else 0.0
        return [(k, start(i)) for i, k in enumerate(kinds)]

    def draw_incidents(self, accounts):
        """Account index → (scenario, level, number); A8 takes newcomers, A6 and A9 people."""
        rng, free, plan, number = self.rng, list(range(len(accounts))), {}, 0
        rng.shuffle(free)
        fits = {"A8": lambda k, start: start > 0,
                "A6": lambda k, start: not start and k not in ("ticket", "webmail"),
                "A9": lambda k, start: not start and k != "ticket"}
        order = sorted(attacks.SCENARIOS, key=lambda s: s not in fits)
        for scenario in order:
            for _ in range(self.opt["attacks"]):
                number += 1
                fit = fits.get(scenario, lambda k, start: start < .3 * self.opt["days"])
                i = next((i for i in free if fit(*accounts[i])), None)
                if i is not None:
                    free.remove(i)
                    plan[i] = (scenario, number % 3, number)
        return plan

    def build(self):
        accounts = self.draw_accounts()
        plan = self.draw_incidents(accounts)
        for i, (kind, start) in enumerate(accounts):
            leaves = i in plan and plan[i][0] == "A9" and self.rng.random() < .5
            end = int(self.opt["days"] * self.rng.uniform(.55, .95)) if leaves else None
            acct = lives.Account(self, i, kind, start, end)
            acct.live()
            if i in plan:
                attacks.run(self, acct, *plan[i])
        attacks.knocking(self, self.rng)


def write_trace(spool, trace, labels):
    trace.write(COLUMNS + "\n")
    for seq, (t, line, tail) in enumerate(spool.replay(), 1):
        trace.write("%d,%s,%s\n" % (seq, t, line))
        if tail:
            labels.write("E,%d,%s,%s\n" % (seq, t, tail))


def create(outdir, name, zipped):
    path = os.path.join(outdir, name)
    if zipped:
        return io.TextIOWrapper(gzip.GzipFile(path + ".gz", "wb", mtime=0), encoding="ascii")
    return open(path, "w", encoding="ascii")


def make(preset, seed, outdir, zipped=False, **changes):
    opt = {**PLAIN, **PRESETS[preset], **{k: v for k, v in changes.items() if v is not None}}
    os.makedirs(outdir, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, create(outdir, "labels.csv", zipped) as labels, \
            create(outdir, "trace.csv", zipped) as trace:
        spool = Spool(opt["days"], folder)
        labels.write("M,seed=%d,preset=%s" % (seed, preset))
        labels.write(",accounts=%(accounts)d,days=%(days)d,attacks=%(attacks)d\n" % opt)
        World(seed, opt, spool, labels).build()
        write_trace(spool, trace, labels)


def main():
    raw = argparse.RawDescriptionHelpFormatter
    p = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    p.add_argument("preset", choices=PRESETS)
    p.add_argument("seed", type=int)
    p.add_argument("outdir")
    for name in ("accounts", "days", "attacks"):
        p.add_argument("--" + name, type=int)
    p.add_argument("--gzip", action="store_true")
    a = p.parse_args()
    make(a.preset, a.seed, a.outdir, a.gzip, accounts=a.accounts, days=a.days, attacks=a.attacks)


if __name__ == "__main__":
    main()
