"""Networks of a synthetic world: who has which AS number, and what address a place shows at a time.

Everything is drawn from the seed: AS numbers, prefixes, cities. Nothing here is a real network;
IPv6 is documentation space.
"""
import math
import random

DAY = 86400

# A site's own countries with the share of its people; one set is taken by the seed.
SITES = (
    (("SE", .84), ("NO", .08), ("FI", .06), ("DK", .02)),
    (("PT", .84), ("ES", .08), ("FR", .06), ("BR", .02)),
    (("KR", .84), ("JP", .08), ("TW", .06), ("AU", .02)),
)
CENTRES = {
    "SE": (59.3, 17), "NO": (60, 10.5), "FI": (60.9, 25), "DK": (55.7, 11), "PT": (39.5, -8.4),
    "ES": (40.4, -3.7), "FR": (47.5, 2.4), "BR": (-22, -46), "KR": (36.8, 127.5), "JP": (35.5, 138),
    "TW": (24, 121), "AU": (-33.8, 150), "EE": (59, 25), "IS": (64.1, -21.9), "BE": (50.8, 4.4),
    "MT": (35.9, 14.4), "CY": (35, 33), "SG": (1.3, 103.8), "MY": (3.1, 101.7), "NZ": (-37, 175),
    "MX": (19.4, -99), "CL": (-33.4, -70.6), "KE": (-1.3, 36.8), "QA": (25.3, 51.5),
    "HU": (47.5, 19), "RS": (44.8, 20.4), "BG": (42.7, 23.3), "KZ": (43.2, 76.9), "PK": (31.5, 74.3),
    "BD": (23.8, 90.4), "PH": (14.6, 121), "GH": (5.6, -.2), "AR": (-34.6, -58.4), "IR": (35.7, 51.4),
}
ATTACKERS = ("HU", "RS", "BG", "KZ", "PK", "BD", "PH", "GH", "AR", "IR", "SG", "BE", "MX")
TRAVEL = ("EE", "IS", "BE", "MT", "CY", "SG", "MY", "NZ", "MX", "CL", "KE", "QA", "ES", "FR", "JP",
          "DK", "AU", "HU")
PER_COUNTRY = {"res": 16, "mob": 3, "biz": 12, "host": 8}
RADIUS = {"res": 30, "mob": 300, "biz": 30, "host": 200, "vpn": 200, "cloud": 1000}


class Net:
    """An AS in one country, with some /16 of IPv4 and a /48-like number for IPv6."""

    def __init__(self, atlas, cc, cls, prefixes):
        self.asn, self.cc, self.cls = atlas.new_asn(), cc, cls
        self.prefixes = [atlas.new_prefix() for _ in range(prefixes)]
        self.v6 = len(atlas.prefixes)


class Atlas:
    """All networks of a world."""

    def __init__(self, seed, opt):
        self.opt, self.rng = opt, random.Random("atlas/%s" % seed)
        self.asns, self.prefixes, self.nets, self.cities = set(), set(), {}, {}
        self.site = SITES[seed % len(SITES)]
        self.home_cc = self.site[0][0]
        self.host = self.pick(self.home_cc, "host")
        self.vpns = [Net(self, self.home_cc, "vpn", 2) for _ in range(6)]
        self.cloud = Net(self, "BE", "cloud", 1)
        self.big, self.big_asn = self.of(self.home_cc, "res")[0], self.new_asn()
        self.renumber_at = opt["days"] * DAY // 2 if opt["renumber"] else math.inf
        self.geo_errors = self.draw_geo_errors()

    def new_asn(self):
        while True:
            asn = self.rng.randrange(1700, 399999)
            if asn not in self.asns:
                self.asns.add(asn)
                return asn

    def new_prefix(self):
        while True:
            a, b = self.rng.randrange(11, 223), self.rng.randrange(256)
            if a not in (127, 169, 172, 192, 198, 203) and (a, b) not in self.prefixes:
                self.prefixes.add((a, b))
                return a, b

    def of(self, cc, cls):
        if (cc, cls) not in self.nets:
            size = 4 if cls in ("res", "mob") else 1
            self.nets[cc, cls] = [Net(self, cc, cls, size) for _ in range(PER_COUNTRY[cls])]
        return self.nets[cc, cls]

    def pick(self, cc, cls, rng=None, flat=False):
        """One network of a class: the first ones are the big ones, unless flat."""
        nets, rng = self.of(cc, cls), rng or self.rng
        return rng.choice(nets) if flat else nets[min(int(rng.expovariate(.45)), len(nets) - 1)]

    def city(self, cc, rng):
        if cc not in self.cities:
            lat, lon = CENTRES[cc]
            off = self.rng.uniform
            self.cities[cc] = [(lat + off(-2, 2), lon + off(-2, 2)) for _ in range(7)]
        return rng.choice(self.cities[cc])

    def draw_geo_errors(self):
        """For some days the database puts one residential network of ours into another country."""
        days = self.opt["days"]
        return [(self.of(self.home_cc, "res")[k], d * DAY, (d + n) * DAY, cc) for k, d, n, cc in
                ((1, self.rng.randrange(days), 1, "BE"), (5, self.rng.randrange(days), 3, "SG"))]

    def point(self, net, ip, lat, lon, t, cls=None, cc=None):
        """The columns ip … net of a login, as a database would give them at that time."""
        cc = cc or net.cc
        for bad, t0, t1, other in self.geo_errors:
            if net is bad and t0 <= t < t1:
                cc, (lat, lon) = other, CENTRES[other]
        asn = self.big_asn if net is self.big and t >= self.renumber_at else net.asn
        rad, cls = RADIUS[net.cls], cls or net.cls
        return "%s,%s,%.2f,%.2f,%d,%d,%s" % (ip, cc, lat, lon, rad, asn, cls)


def v4(rng, prefix, third=None):
    third = rng.randrange(256) if third is None else third
    return "%d.%d.%d.%d" % (*prefix, third, rng.randrange(1, 255))


def v6(rng, net, subnet):
    low = ":".join("%x" % rng.randrange(1, 65536) for _ in range(4))
    return "2001:db8:%x:%x:%s" % (net.v6, subnet, low)


class Fixed:
    """A place with one address (or a pool): an office, a hotel, a café, an attacker's host.

    May move to another network at a time.
    """

    def __init__(self, atlas, net, rng, pool=1, moves_at=math.inf, moves_to=None):
        self.atlas, self.net, self.rng, self.cc = atlas, net, rng, net.cc
        lat, lon = atlas.city(net.cc, rng)
        self.lat, self.lon = lat + rng.uniform(-.3, .3), lon + rng.uniform(-.3, .3)
        prefix, third = rng.choice(net.prefixes), rng.randrange(256)
        self.ips = [v4(rng, prefix, third) for _ in range(pool)]
        self.moves_at, self.moves_to = moves_at, moves_to

    def at(self, t):
        if t >= self.moves_at:
            return self.moves_to.at(t)
        ip = self.ips[0] if len(self.ips) == 1 else self.rng.choice(self.ips)
        return self.atlas.point(self.net, ip, self.lat, self.lon, t)


class Home(Fixed):
    """A residential line: one address for long, or a new one each day; IPv6 with privacy addresses;
    sometimes a second line."""

    def __init__(self, atlas, cc, rng, net=None):
        super().__init__(atlas, net or atlas.pick(cc, "res", rng), rng)
        opt = atlas.opt
        self.daily, self.six = rng.random() < opt["dynamic"], rng.random() < opt["v6"]
        self.subnet, self.salt = rng.randrange(1, 65535), rng.random()
        two = rng.random() < opt["two_as"]
        self.second = atlas.pick(cc, "res", rng, flat=True) if two else None

    def at(self, t):
        second = self.second and self.rng.random() < .4
        net = self.second if second else self.net
        today = random.Random("%r/%d/%d" % (self.salt, t // DAY if self.daily else 0, net.asn))
        if self.six and not second:
            ip = v6(self.rng, net, today.randrange(1, 65535) if self.daily else self.subnet)
        elif self.daily or second:
            ip = v4(today, today.choice(net.prefixes))
        else:
            ip = self.ips[0]
        return self.atlas.point(net, ip, self.lat, self.lon, t)


class Mobile:
    """A mobile operator with carrier NAT: any address of its pool, somewhere in the country."""

    def __init__(self, atlas, cc, rng):
        self.atlas, self.rng, self.cc, self.net = atlas, rng, cc, rng.choice(atlas.of(cc, "mob"))

    def at(self, t):
        wide = self.atlas.opt["dynamic"] > .5
        prefix = self.rng.choice(self.net.prefixes) if wide else self.net.prefixes[0]
        lat, lon = self.atlas.city(self.cc, self.rng)
        ip = v4(self.rng, prefix, self.rng.randrange(256 if wide else 16))
        return self.atlas.point(self.net, ip, lat, lon, t)


class Vpn:
    """A few providers, any of their exits; the public list misses some, which then look like
    business lines."""

    def __init__(self, atlas, rng, abroad=False):
        """abroad: one exit, out of the country (an attacker's)."""
        self.atlas, self.rng, self.nets = atlas, rng, rng.sample(atlas.vpns, 3)
        self.exits = tuple(enumerate((atlas.home_cc, "BE", "FR", "SG")))
        self.one = self.draw(rng.choice(self.exits[1:])) if abroad else None

    def draw(self, number_and_cc):
        k, cc = number_and_cc
        net = self.rng.choice(self.nets)
        ip, cls = v4(self.rng, net.prefixes[0], k), "biz" if (net.asn + k) % 5 == 0 else "vpn"
        return net, ip, *self.atlas.city(cc, self.rng), cls, cc

    def at(self, t):
        net, ip, lat, lon, cls, cc = self.one or self.draw(self.rng.choice(self.exits))
        return self.atlas.point(net, ip, lat, lon, t, cls=cls, cc=cc)


class Cloud:
    """The servers of a mail app's maker."""

    def __init__(self, atlas, rng):
        self.atlas, self.rng, self.net = atlas, rng, atlas.cloud

    def at(self, t):
        cc = "FR" if self.rng.random() < .15 else "BE"
        lat, lon = CENTRES[cc]
        return self.atlas.point(self.net, v4(self.rng, self.net.prefixes[0], 0), lat, lon, t, cc=cc)
