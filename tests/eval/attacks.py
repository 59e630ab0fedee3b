"""Attacks A1 … A13 of a synthetic world, each at three intensities, and those who only knock.

`pace` of a world: 1 as in the training traces; 3 (slow) waits three times as long, takes a third a
day and is spread over more sessions and days; 1/3 (fast) the contrary. `local`: every outside
attack comes from a residential line of the victim's country, mostly of one of its big providers,
with the client software most common at the site.
"""
import random

import lives
import nets
from lives import Session, weighted
from nets import DAY

TOOLS = (("-", 15), ("snake-imap", 9), ("gopher-imap", 4), ("fetchurl", 5))
CLASSES = (("res", 45), ("host", 35), ("biz", 10), ("vpn", 10))


class Incident:
    """One attack on one account: where from, with what, how fast."""

    def __init__(self, world, acct, scenario, level, number):
        self.world, self.acct, self.level, self.scenario = world, acct, level, scenario
        self.id = "%s-%d" % (scenario, number)
        self.rng = random.Random("attack/%s/%s" % (world.seed, self.id))
        self.pace, self.days, self.local = world.opt["pace"], world.opt["days"], world.opt["local"]
        self.slow, self.fast = self.pace > 1, self.pace < 1
        self.client, self.place = self.pick_client(), self.origin()

    def pick_client(self):
        rng, phones, laptops = self.rng, lives.DEVICES["phone"][8], lives.DEVICES["laptop"][8]
        if self.local:
            both = rng.choice((phones[0][0], laptops[0][0]))
            return laptops[0][0] if self.scenario == "A10" else both
        sorts = ((laptops, 45), (TOOLS, 42), (phones, 8), (lives.DEVICES["webmail"][8], 5))
        return weighted(rng, weighted(rng, sorts))

    def origin(self, domestic=None):
        """A place; domestic: how likely it is a residential line of the victim's country."""
        atlas, rng, acct = self.world.atlas, self.rng, self.acct
        domestic = SCENARIOS[self.scenario][1] if domestic is None else domestic
        if self.local or rng.random() < domestic:
            while True:
                flat = rng.random() < (.3 if self.local else .65)
                net = atlas.pick(acct.cc, "res", rng, flat)
                if net is not acct.home.net or rng.random() < .1:
                    if self.world.opt["dynamic"] > .9:
                        return nets.Home(atlas, acct.cc, rng, net)
                    return nets.Fixed(atlas, net, rng)
        cls = weighted(rng, CLASSES)
        if cls == "vpn":
            return nets.Vpn(atlas, rng, abroad=True)
        return nets.Fixed(atlas, atlas.pick(rng.choice(nets.ATTACKERS), cls, rng, flat=True), rng)

    def start(self, need=1.0):
        """A time for an attack of so many days, anywhere after the first fifth of the run."""
        first = max(self.acct.start + 3, .2 * self.days)
        return self.rng.uniform(first, max(first + .5, .97 * self.days - need)) * DAY

    def level_of(self, *values):
        return values[self.level]

    def session(self, t, goal, proto="imap", place=None):
        place = place or self.place
        s = Session(self.world, self.acct, t, self.client, place, self.scenario, proto, self.id)
        s.goal = goal
        return s

    def download(self, s, a, b, total, per_msg=.027):
        chunk = max(50, -(-total // 120))
        s.download(a, b, self.pace, int(chunk * (3 if self.fast else 1)), per_msg=per_msg)

    def share(self, x):
        return x ** .5 if self.fast else x


def pieces(lo, hi, n):
    cuts = [lo + (hi - lo) * k // n for k in range(n + 1)]
    return list(zip(cuts, cuts[1:]))


def bulk(c, t, share, sessions=1, headers=True, proto="imap"):
    """The newest part of the mailbox in one run or some."""
    have = c.acct.box.count(t)
    n, sessions = max(1, int(c.share(share) * have)), sessions * (3 if c.slow else 1)
    for k, (a, b) in enumerate(pieces(have - n, have, sessions)):
        s = c.session(t, n, proto)
        if headers and k == 0:
            s.headers(0, s.have, c.pace)
        c.download(s, a, b, n)
        s.logout(5)
        t = s.t + (c.rng.uniform(8, 30) * 3600 if c.slow else c.rng.uniform(20, 120) * 60)


def a1_a2_bulk(c):
    share, sessions = c.level_of((.3, 1), (.6, 2), (1, 3))
    bulk(c, c.start(9 if c.slow else .5), share, sessions)


def a3_daily(c):
    """One to three per cent a day, from the oldest on."""
    days = min(int(.7 * c.days), 45 if c.slow else 7 if c.fast else 20)
    t, at = c.start(days + 1), 0
    step = max(1, int(c.acct.box.count(t) * c.level_of(.01, .02, .03) / c.pace))
    for day in range(days):
        s = c.session(t + (day + c.rng.uniform(0, .9)) * DAY, step * days)
        for a, b in [(i, min(i + 50, at + step)) for i in range(at, min(s.have, at + step), 50)]:
            s.wait(26 * c.pace)
            s.bodies(range(a, b), a // 50 % s.box.boxes)
        s.logout(5)
        at += step


def a4_search(c):
    sessions, searches, fetches, hits = c.level_of((1, 4, 1, 12), (2, 6, 1, 20), (3, 8, 2, 25))
    total = hits * fetches * sessions
    if c.slow:
        sessions, searches = sessions * 3, max(1, searches // 2)
    if c.fast:
        sessions, searches = 1, searches * sessions
    t, per = c.start(3 * sessions), max(1, total // (sessions * fetches))
    for _ in range(sessions):
        s = c.session(t, per * sessions * fetches)
        for _ in range(searches):
            s.wait(c.rng.uniform(8, 60) * c.pace)
            s.search(c.rng.randrange(1, 40), 0 if c.rng.random() < .2 else c.rng.randrange(1, 9))
        for _ in range(fetches):
            s.wait(c.rng.uniform(60, 260) * c.pace)
            ids = sorted(int(s.have * c.rng.random() ** .7) for _ in range(per))
            s.bodies(ids, c.rng.randrange(s.box.boxes))
        s.logout(5)
        t = s.t + c.rng.uniform(.5, 1.2) * DAY * c.pace


def a5_headers(c):
    t, parts = c.start(4), 4 if c.slow else 1
    have = c.acct.box.count(t)
    for a, b in pieces(have - int(c.level_of(.3, .6, 1) * have), have, parts):
        s = c.session(t, 0)
        s.headers(a, b, c.pace, max(500, have // 20) * (3 if c.fast else 1), first_mb=a // 500)
        s.logout(5)
        t = s.t + c.rng.uniform(.3, 1.1) * DAY


def a6_beside_owner(c):
    share = c.level_of(.03, .1, .4)
    first, last = max(c.acct.start + 3, .2 * c.days) * DAY, (.96 * c.days - 2) * DAY
    busy = [e[0] for e in c.acct.log if e[1] - e[0] > 900 and first < e[0] < last]
    bulk(c, (c.rng.choice(busy) if busy else c.start()) + c.rng.uniform(30, 500), share)


def spray(world, rng, t, place, names, victim=None):
    """Two guesses for each of some accounts; then two for the victim. To the end of the hour."""
    for k, name in enumerate(names):
        for gap in (0, 15):
            world.fail(t + 40 * k + gap, name, place, "-")
    if victim:
        world.fail(t + 40 * len(names) + 300, victim, place, "-")
        world.fail(t + 40 * len(names) + 301, victim, place, "-")


def a7_spray(c):
    t, names = c.start(3), c.world.names(c.rng, c.level_of(8, 20, 50))
    sprayer = c.place if c.local or c.rng.random() < .65 else c.origin(0)
    spray(c.world, c.rng, t, sprayer, names, c.acct.name)
    bulk(c, t + 3600, c.level_of(.05, .2, .8))


def a8_first_week(c):
    t = (c.acct.start + c.rng.uniform(.4, 2.5 if c.slow else 6)) * DAY
    bulk(c, t, c.level_of(.3, .6, 1))


def a9_insider(c):
    """The owner, with a known device at a usual place, before leaving."""
    share, sessions = c.level_of((.3, 3), (.6, 2), (1, 1))
    sessions = sessions * 3 if c.slow else 1 if c.fast else sessions
    first, last = .18 * c.days * DAY, (c.acct.end - sessions - 1) * DAY
    usual = [e for e in c.acct.log if e[4] == "norm" and first < e[0] < last
             and e[2].kind != "ticket" and not isinstance(e[3], nets.Mobile)]
    t, _, d, place, _ = c.rng.choice(usual[-120:] if c.acct.end < c.days else usual or c.acct.log)
    have = c.acct.box.count(t)
    n = int(share * have)
    for a, b in pieces(have - n, have, sessions):
        c.client = d.name(t)
        s = c.session(t, n, d.proto, place)
        c.download(s, a, b, n // sessions, per_msg=.05)
        s.logout(5)
        t = s.t + c.rng.uniform(.9, 1.1) * DAY


def a10_pop3(c):
    bulk(c, c.start(9 if c.slow else .5), 1, 1, headers=False, proto="pop3")


def a11_parallel(c):
    n, t = c.level_of(5, 10, 20), c.start(4)
    have = c.acct.box.count(t)
    for a, b in pieces(0, have, n):
        s = c.session(t + c.rng.uniform(0, 3 * DAY if c.slow else 1500), have, place=c.origin())
        for i in range(a, b, 50):
            s.wait(6 * c.pace)
            s.bodies(range(i, min(b, i + 50)), (i // 50) % s.box.boxes if i < s.past else 0)
        s.logout(5)


def a12_ramp(c):
    """A few old messages a day, more each day, until one counts as known; then the rest."""
    plain = (21, c.level_of(1.12, 1.2, 1.3))
    days, growth = (40, 1.06) if c.slow else (8, 1.6) if c.fast else plain
    days = min(days, int(.6 * c.days))
    first, at, step = int(c.start(days + 2) // DAY), 0, 4.0
    times = [(first + day) * DAY + c.rng.uniform(9, 17.5) * 3600 for day in range(days + 1)]
    have = c.acct.box.count(times[0])
    for t in times:
        s = c.session(t, have)
        n = have - at if t == times[-1] else max(0, min(int(step), s.have - at))
        s.wait(3)
        s.download(at, at + n, c.pace, per_msg=.027)
        s.logout(5)
        at, step = at + n, step * growth


def a13_cloud(c):
    c.client, c.place = lives.DEVICES["cloudapp"][8][0][0], nets.Cloud(c.world.atlas, c.rng)
    bulk(c, c.start(4), c.level_of(.2, .5, 1))


# what to do, and how likely it comes from the victim's own country
SCENARIOS = {
    "A1": (a1_a2_bulk, 0), "A2": (a1_a2_bulk, 1), "A3": (a3_daily, .5), "A4": (a4_search, .4),
    "A5": (a5_headers, .6), "A6": (a6_beside_owner, 0), "A7": (a7_spray, 0),
    "A8": (a8_first_week, .6), "A9": (a9_insider, 1), "A10": (a10_pop3, .25),
    "A11": (a11_parallel, .7), "A12": (a12_ramp, 1), "A13": (a13_cloud, 0),
}


def knocking(world, rng):
    """Failed logins of bots: two slow ones a day, strays, at times a spray that opens nothing."""
    def somewhere():
        cls = weighted(rng, (("res", 50), ("host", 45), ("biz", 5)))
        net = world.atlas.pick(rng.choice(nets.ATTACKERS), cls, rng, flat=True)
        return nets.Fixed(world.atlas, net, rng)
    for day in range(world.opt["days"]):
        for _ in range(2):
            place = somewhere()
            n = rng.randrange(12, 46) * world.opt["accounts"] // 400
            for name in world.names(rng, max(1, n)):
                world.fail((day + rng.random()) * DAY, name, place, "-")
        for name in world.names(rng, rng.randrange(10)):
            world.fail((day + rng.random()) * DAY, name, somewhere(), "-")
        if rng.random() < .12:
            t, place = (day + rng.random()) * DAY, somewhere()
            spray(world, rng, t, place, world.names(rng, rng.choice((8, 20, 50))))


def run(world, acct, scenario, level, number):
    c = Incident(world, acct, scenario, level, number)
    SCENARIOS[scenario][0](c)
