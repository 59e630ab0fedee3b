"""Legitimate lives of a synthetic world: mailboxes, devices, places, days.

The numbers in the tables were read off the training traces (sessions a day, hours, shares of empty
sessions, old reads, sizes of first syncs); the names are others on purpose.
"""
import math
import random

import nets
from nets import DAY

# kind of device: sessions a day, factor on Saturday and Sunday, mean hour and its deviation (None:
# round the clock), share of sessions that fetch, that read old mail, that search; part of a
# message's bytes that it fetches; client names with weights
DEVICES = {
    "phone": (3.3, .95, 13.4, 4.6, .65, .06, .06, .4, (
        ("pocketmail", 156), ("droidpost", 92), ("swiftmail", 50), ("owl", 43), ("freebird", 19))),
    "laptop": (1.35, .55, 12.6, 3.9, .83, .05, .05, 1, (
        ("deskmail", 132), ("albatross", 98), ("mailnest", 58), ("quill", 21), ("gnomepost", 15))),
    "webmail": (1.05, .9, 12.6, 4.0, .75, .24, .25, .7, (("webpost", 1),)),
    "pop3": (2.65, .95, None, 0, .98, 0, 0, 1, (("deskmail", 10), ("albatross", 6))),
    "ticket": (12, 1, None, 0, .95, 0, 0, 1, (
        ("helpline", 5), ("casebook", 3), ("jvm-mail", 2), ("snake-imap", 1))),
    "backup": (1, 1, 2.2, .2, 1, 0, 0, 1, (("mirrorbox", 5), ("boxsync", 5), ("imapcopy", 3))),
    "cloudapp": (2.1, .95, None, 0, .99, 0, 0, 1, (("cloudpost", 1),)),
}
# what an account has, and of 400 accounts how many have it
KINDS = (
    ("phone laptop", 203), ("phone laptop cloudapp", 31), ("phone", 25), ("laptop", 21),
    ("webmail", 23), ("phone webmail", 16), ("phone phone", 8), ("laptop laptop phone", 10), ("pop3", 16),
    ("ticket", 11), ("phone laptop backup", 12), ("phone cloudapp", 6), ("laptop cloudapp", 4),
    ("phone laptop webmail", 6), ("shared", 8),
)
# how many bodies a first sync takes: a number, or (up to 1) a part of the mailbox
FIRST_SYNC = {
    "phone": (200, 1000, .25), "laptop": (1., 1., 1., 1., 1., .05), "webmail": (.05,),
    "pop3": (1.,), "backup": (1.,), "ticket": (0,), "cloudapp": (1000, .5, 1.),
}
NEW_NAMES = ("nimbusmail", "birdie", "plainpost", "inkmail")
HISTORY = 31


def weighted(rng, pairs):
    return rng.choices([p[0] for p in pairs], [p[1] for p in pairs])[0]


def poisson(rng, mean):
    limit, k, p = math.exp(-mean), 0, rng.random()
    while p > limit and k < 60:
        k, p = k + 1, p * rng.random()
    return k


class Mailbox:
    """How many messages have arrived by a time; ids are numbers in order of arrival."""
    WEEK = (1.24, 1.24, 1.24, 1.25, .95, .35, .63)

    def __init__(self, rng, days, fresh, busy=1):
        draw = rng.lognormvariate
        rate, self.bpm = busy * min(300, draw(math.log(27), .92)), draw(math.log(60000), .56)
        have = rng.uniform(20, 300) if fresh else min(150000, max(300, draw(math.log(6700), 1.05)))
        self.boxes = max(1, min(60, int(rng.lognormvariate(math.log(9), .9))))
        self.per_day, self.upto = [], [0]
        for d in range(-HISTORY, days + 1):
            n = int(rate * self.WEEK[d % 7] * rng.gauss(1, .2) + rng.random())
            self.per_day.append(max(0, n))
            self.upto.append(self.upto[-1] + self.per_day[-1])
        self.shift = int(have) - self.upto[HISTORY]

    def count(self, t):
        d, x = int(t // DAY) + HISTORY, t % DAY / DAY
        if d < 0:
            return max(0, self.shift)
        x = .6 * x + .4 * min(1, max(0, (x - .33) / .38))
        return max(0, self.shift + self.upto[d] + int(self.per_day[d] * x))

    def old(self, t):
        return self.count(t - 30 * DAY)

    def bytes(self, ids, factor=1.0):
        size = self.bpm * factor
        return int(sum(size * (.2 + 1.6 * (i * 2654435761 % 1000) / 1000) for i in ids))


class Session:
    """Writes one session: its login, then what it does, then its logout. In an attack also the
    truth about it."""

    def __init__(self, world, acct, t, client, place, tag, proto="imap", inc=None):
        self.world, self.acct, self.box, self.inc = world, acct, acct.box, inc
        self.t = self.t0 = int(t)
        self.have, self.past, self.goal = self.box.count(t), self.box.old(t), 0
        self.id = world.new_session(acct.name, tag, inc)
        size = int(self.have * self.box.bpm)
        self.emit("L", "%s,%s,%s,,,,,,,,,%d,%d" % (proto, place.at(t), client, self.have, size))

    def emit(self, ev, rest, msgs=0, hdrs=0):
        have, goal = max(1, self.have), msgs / self.goal if self.goal else 0
        truth = self.inc and (self.inc, msgs / have, goal, hdrs / have)
        self.world.emit(self.t, "%s,%s,%s,%s" % (ev, self.acct.name, self.id, rest), self.id, truth)

    def wait(self, seconds):
        self.t += max(1, int(seconds))

    def search(self, hits, term):
        self.emit("S", ",,,,,,,,,,%d,,,,,,%d,," % (hits, term))

    def bodies(self, ids, mb, factor=1.0):
        """A fetch of bodies: a range of ids, or a list of them."""
        n = len(ids)
        if not n:
            return
        if isinstance(ids, range):
            text, old = "%d-%d" % (ids[0], ids[-1]), max(0, min(n, self.past - ids[0]))
        else:
            text, old = ";".join(map(str, ids)), sum(i < self.past for i in ids)
        numbers = (mb, n, old, self.box.bytes(ids, factor), text)
        self.emit("F", ",,,,,,,,,%d,%d,%d,0,0,%d,%s,,," % numbers, msgs=n)

    def list_headers(self, mb, n, old):
        old = max(0, min(n, old))
        self.emit("F", ",,,,,,,,,%d,0,0,%d,%d,%d,,,," % (mb, n, old, 900 * n), hdrs=n)

    def headers(self, lo, hi, pace=1.0, chunk=None, first_mb=0):
        """Headers of everything in a range, mailbox by mailbox."""
        chunk = chunk or max(500, (hi - lo) // 20)
        for k, a in enumerate(range(lo, hi, chunk)):
            n = min(chunk, hi - a)
            self.wait(pace * (1 + n * .0027) + .4)
            self.list_headers((first_mb + k) % self.box.boxes, n, self.past - a)

    def download(self, lo, hi, pace=1.0, chunk=None, factor=1.0, per_msg=.05):
        """Bodies of everything in a range; the newest month is taken for the inbox."""
        chunk = chunk or max(50, -(-(hi - lo) // 120))
        for k, a in enumerate(range(lo, hi, chunk)):
            ids = range(a, min(hi, a + chunk))
            self.wait(pace * (1.3 + len(ids) * per_msg))
            self.bodies(ids, a // chunk % self.box.boxes if a < self.past else 0, factor)

    def logout(self, seconds):
        self.wait(seconds)
        self.emit("O", ",,,,,,,,,,,,,,,,,,")


class Device:
    def __init__(self, account, kind, home, rng):
        self.kind, self.home, self.rng = kind, home, rng
        self.proto = "pop3" if kind == "pop3" else "imap"
        (self.rate, self.weekend, self.hour, self.spread, self.p_fetch, self.p_old, self.p_search,
         self.factor, names) = DEVICES[kind]
        if kind not in ("ticket", "backup"):
            self.rate *= min(2.2, rng.lognormvariate(-.04, .3))
        opt = account.world.opt
        self.client = weighted(rng, names[:2] * (rng.random() < .2) + names)
        self.half = opt["days"] * DAY / 2
        self.upgrade = self.half + rng.uniform(0, 14) * DAY if opt["renumber"] else math.inf
        self.ready, self.seen = 0, None
        self.mobile = nets.Mobile(account.world.atlas, home.cc, rng)
        self.forgets = kind == "pop3" and rng.random() < .25
        self.own = self.fixed_place(account)

    def fixed_place(self, account):
        world = account.world
        if self.kind == "cloudapp":
            return nets.Cloud(world.atlas, self.rng)
        if self.kind == "ticket":
            cc = self.rng.choice([world.atlas.home_cc, "BE", "FR"])
            net = world.atlas.pick(cc, self.rng.choice(("biz", "host")), self.rng)
            return nets.Fixed(world.atlas, net, self.rng)
        return world.proxy if self.kind == "webmail" and self.rng.random() < .8 else None

    def name(self, t):
        top = self.client == DEVICES["phone"][8][0][0]
        return self.client + ("-next" if top and t >= self.upgrade else "")

    def times(self, day):
        if self.kind == "ticket":
            return [day * DAY + k * 7200 + self.rng.randrange(7100) for k in range(12)]
        rate = self.rate * (self.weekend if day % 7 > 4 else 1.1)
        n = 1 if self.kind == "backup" else poisson(self.rng, rate)
        return [day * DAY + int(self.draw_hour() * 3600) for _ in range(n)]

    def draw_hour(self):
        rng = self.rng
        return rng.uniform(0, 24) if self.hour is None else rng.gauss(self.hour, self.spread) % 24


class Account:
    def __init__(self, world, index, kind, start=0.0, end=None):
        self.world, self.opt, self.name = world, world.opt, "u%05d" % index
        self.rng = rng = random.Random("life/%s/%d" % (world.seed, index))
        self.start, self.end, self.kind = start, end or self.opt["days"], kind
        fresh, busy = start and rng.random() < .05, 2 if kind == "ticket" else 1
        self.box = Mailbox(rng, self.opt["days"], fresh, busy)
        self.cc = weighted(rng, world.atlas.site)
        offices = [o for o in world.offices if o.cc == self.cc]
        works = offices and rng.random() < self.opt["p_office"]
        self.office = rng.choice(offices) if works else None
        self.home = nets.Home(world.atlas, self.cc, rng)
        self.devices = list(self.draw_devices(kind))
        roll, (heavy, light) = rng.random(), self.opt["vpn"]
        self.p_vpn = .5 if roll < heavy else .06 if roll < heavy + light else 0
        if kind == "ticket":
            self.p_vpn = 0
        self.vpn = nets.Vpn(world.atlas, rng) if self.p_vpn else None
        self.trips = self.draw_trips() if kind not in ("ticket", "shared") else {}
        self.log, self.cafes = [], [self.wifi() for _ in range(2)]
        self.plans = self.draw_plans()

    def draw_devices(self, kind):
        rng = self.rng
        if kind == "shared":
            for _ in range(rng.randrange(2, 5)):
                home = nets.Home(self.world.atlas, weighted(rng, self.world.atlas.site), rng)
                yield Device(self, "phone", home, rng)
                yield Device(self, "laptop", home, rng)
            return
        for k in kind.split():
            yield Device(self, k, self.home, rng)

    def wifi(self, cc=None):
        atlas, rng = self.world.atlas, self.rng
        cls = "res" if rng.random() < .65 else "biz"
        net = atlas.pick(cc or self.cc, cls, rng, flat=rng.random() < .5)
        return nets.Fixed(atlas, net, rng)

    def draw_trips(self):
        """Day → (hotel, mobile network, part of the phone's time in the hotel)."""
        rng, trips, opt, atlas = self.rng, {}, self.opt, self.world.atlas
        near = tuple(cc for cc, _ in atlas.site[1:])
        if rng.random() >= min(.9, opt["travellers"]):
            return trips
        for _ in range(1 + min(6, int(rng.expovariate(1 / (.7 * opt["trips_each"]))))):
            first, cc = rng.randrange(opt["days"]), rng.choice(nets.TRAVEL + near * 3)
            net = atlas.pick(cc, "biz" if rng.random() < .85 else "res", rng, flat=True)
            hotel = nets.Fixed(atlas, net, rng)
            mobile = nets.Mobile(atlas, cc if rng.random() < .5 else self.cc, rng)
            trip = (hotel, mobile, rng.uniform(.3, .7))
            last = first + 1 + min(14, int(rng.expovariate(.2)))
            trips.update((d, trip) for d in range(first, last + 1))
        return trips

    def draw_plans(self):
        """First syncs, new devices, rebuilds, … as (time, device, tag, place or None, new client
        name or None)."""
        rng, opt, plans = self.rng, self.opt, []
        at = self.draw_day
        usable = [d for d in self.devices if d.kind in ("phone", "laptop", "pop3", "webmail")]
        if self.start:
            for k, d in enumerate(self.devices):
                d.ready = (self.start + (k and rng.uniform(0, .3))) * DAY
                wifi = self.wifi() if rng.random() < opt["sync_wifi"] else None
                plans.append((d.ready, d, "firstsync", wifi, None))
        for d in self.devices if opt["newdev_each"] else usable[:1]:
            if d in usable and rng.random() < opt["newdev"] * (.4 if d.kind == "webmail" else 1):
                name = self.draw_new_client(d)
                t, wifi = at(), self.wifi() if rng.random() < opt["sync_wifi"] else None
                plans.append((t, d, "newdev", wifi, name))
        for tag, p in (("rebuild", .043), ("fts", .015)):
            if usable and rng.random() < p:
                plans.append((at(), rng.choice(usable), tag, None, None))
        if usable and "cloudapp" not in self.kind and rng.random() < .02:
            d = Device(self, "cloudapp", self.home, rng)
            d.ready = at()
            self.devices.append(d)
            plans.append((d.ready, d, "cloudapp", None, None))
        return plans

    def draw_day(self):
        first = int(self.start) + 1
        day = self.rng.randrange(first, max(first + 1, self.opt["days"]))
        return (day + self.rng.uniform(.33, .88)) * DAY

    def draw_new_client(self, d):
        """The software of a new device: mostly the old one, else a common or a rare one."""
        new = self.rng.random()
        if new < .15 and d.kind != "webmail":
            return self.rng.choice(NEW_NAMES)
        return weighted(self.rng, DEVICES[d.kind][8]) if new < .5 else None

    # --- days ---

    def live(self):
        """Write all sessions of the account."""
        for day in range(int(self.start), self.end):
            due = [(t, d, None) for d in self.devices for t in d.times(day)]
            due += [(p[0], p[1], p) for p in self.plans if int(p[0] // DAY) == day]
            for t, d, plan in sorted(due, key=lambda x: x[0]):
                if plan:
                    self.full_sync(t, d, plan)
                elif t > max(d.ready, self.start * DAY):
                    self.session(t, d)
        if self.rng.random() < self.opt["own_failures"] and self.kind != "ticket":
            self.fail_for_hours(self.rng.choice(self.devices))

    def where(self, t, d):
        """Place and tag of a session of a device at a time."""
        rng, day, hour = self.rng, int(t // DAY), t % DAY / 3600
        trip = self.trips.get(day)
        if d.own:
            away = "trip" if trip and d.kind == "webmail" else "norm"
            return d.own, away
        if d.kind == "backup":
            return d.home, "norm"
        if trip:
            hotel, mobile, part = trip
            return (mobile if d.kind == "phone" and rng.random() > part else hotel), "trip"
        if rng.random() < self.p_vpn:
            return self.vpn, "vpn"
        roll = rng.random()
        if d.kind != "phone" and roll < .7 * self.opt["wifi"]:
            return rng.choice(self.cafes), "cafe"
        if d.kind != "phone" and roll < self.opt["wifi"]:
            return self.wifi(), "newwifi"
        worktime = 7.5 < hour < 18.5
        if self.office and day % 7 < 5 and worktime:
            if rng.random() < (self.opt["work_wifi"] if d.kind == "phone" else .95):
                return self.office, "norm"
        if d.kind == "phone" and (worktime or rng.random() < .45) and rng.random() < .95:
            return d.mobile, "norm"
        return d.home, "norm"

    def open(self, t, d, place, tag):
        return Session(self.world, self, t, d.name(t), place, tag, d.proto)

    def session(self, t, d):
        rng, (place, tag) = self.rng, self.where(t, d)
        s = self.open(t, d, place, tag)
        first = s.have - int(sum(self.box.per_day[:HISTORY]) / HISTORY)
        seen, d.seen = (first if d.seen is None else d.seen), d.seen
        if d.kind == "webmail":
            self.read_webmail(s, d, max(0, seen))
        elif d.forgets and rng.random() < .05:
            s.download(0, s.have)
            d.seen = s.have
        elif rng.random() < d.p_fetch:
            s.wait(1 + (s.have - seen) * .06)
            s.bodies(range(max(0, seen), s.have), 0, d.factor)
            d.seen = s.have
        archive = self.opt["trip_archive"] if tag == "trip" else .0006
        if d.kind in ("phone", "laptop") and rng.random() < archive:
            self.dig(s, d)
        elif rng.random() < d.p_old and d.kind != "webmail":
            self.read_old(s, d)
        if rng.random() < d.p_search:
            self.look_up(s)
        s.logout(11 if d.kind == "ticket" else max(5, s.t0 + rng.randrange(95, 3590) - s.t))
        self.log.append((s.t0, s.t, d, place, tag))

    def read_webmail(self, s, d, seen):
        rng = self.rng
        s.wait(1)
        n = min(50, s.have)
        s.list_headers(rng.randrange(s.box.boxes), n, n - s.have + s.past)
        new = range(max(seen, s.have - 300), s.have) if rng.random() < d.p_fetch else ()
        new = [i for i in new if rng.random() < .55]
        d.seen = s.have
        for k in range(0, len(new), 25):
            s.wait(rng.uniform(15, 300))
            s.bodies(new[k:k + 25], 0, d.factor)
        if rng.random() < d.p_old:
            self.read_old(s, d)

    def old_ids(self, s, n):
        n = n if s.past > 20 else 0
        return sorted(int(s.past * self.rng.random() ** .8) for _ in range(n))

    def read_old(self, s, d):
        rng = self.rng
        n = 25 if rng.random() < .004 else 1 + min(24, int(rng.expovariate(1 / 3.2)))
        s.wait(rng.uniform(6, 110))
        s.bodies(self.old_ids(s, n), rng.randrange(s.box.boxes), d.factor)

    def dig(self, s, d):
        """A client without server search looks for something by downloading."""
        ids = self.old_ids(s, self.rng.randrange(50, 270))
        for k in range(0, len(ids), 25):
            s.wait(self.rng.uniform(90, 560))
            s.bodies(ids[k:k + 25], self.rng.randrange(s.box.boxes), d.factor)

    def look_up(self, s):
        for _ in range(self.rng.choice((1, 2))):
            s.wait(self.rng.uniform(5, 80))
            hits, plain = self.rng.randrange(40), self.rng.random() < .957
            s.search(hits, 0 if plain else self.rng.randrange(1, 9))

    def full_sync(self, t, d, plan):
        _, _, tag, wifi, name = plan
        d.client = name or d.client
        at_home = d.kind == "laptop" and not self.office
        s = self.open(t, d, wifi or (d.home if at_home else self.where(t, d)[0]), tag)
        part = self.rng.choice(FIRST_SYNC[d.kind])
        n = min(s.have, part if part > 1 else int(part * s.have))
        if d.proto == "imap" and n:
            s.headers(0, s.have)
        s.download(s.have - n, s.have, factor=d.factor)
        d.seen = s.have
        s.logout(65)

    def fail_for_hours(self, d):
        """The password was changed, a forgotten device keeps knocking."""
        if self.start + 2 >= self.opt["days"]:
            return
        day = self.rng.randrange(int(self.start) + 1, self.opt["days"])
        t = (day + self.rng.uniform(.3, .5)) * DAY
        for _ in range(self.rng.randrange(20, 120)):
            t += 300
            out = not d.own and d.kind == "phone" and self.rng.random() < .4
            place = d.own or (d.mobile if out else d.home)
            if self.rng.random() < .8:
                self.world.fail(t, self.name, place, d.name(t), d.proto)
