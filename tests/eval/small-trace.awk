# awk -f small-trace.awk: a small trace for test-replay.sh: 12 accounts with two
# devices each live for 45 days; from the 25th on strangers come. Sessions overlap
# the hours, so there is always something half done. The same each time.

function random(n) {
	seed = (seed * 16807) % 2147483647
	return seed % n
}

# cells: what follows acct and sess, from proto on
function event(kind, acct, session, cells) {
	printf "%d,%d,%s,%s,%s,%s\n", ++seq, now++, kind, acct, session, cells
}

function source(proto, ip, cc, asn, net, client) {
	return sprintf("%s,%s,%s,%s,30,%d,%s,%s", proto, ip, cc,
		cc == "SE" ? "59.3,18.1" : "-33.9,18.4", asn, net, client)
}

function login(acct, dev, from) {
	open[acct, dev] = "s" ++sessions
	event("L", acct, open[acct, dev], from ",,,,,,,,," mails[acct] ",1000000")
}

function fetch(acct, dev, ids, msgs, old, headers) {
	event("F", acct, open[acct, dev], ",,,,,,,,," random(6) "," msgs "," old ","\
		headers "," int(headers / 2) ",5000," ids ",,,")
}

function search(acct, dev, term) {
	event("S", acct, open[acct, dev], ",,,,,,,,,," 7 ",,,,,," term ",,")
}

function logout(acct, dev) {
	event("O", acct, open[acct, dev], ",,,,,,,,,,,,,,,,,,")
	delete open[acct, dev]
}

# The owner at home or on the road, each device a little different.
function home(a, dev) {
	if (dev == 1 && random(4) == 0)
		return source("imap", "198.51." a "." random(250), "SE", 64502, "mob", "phone")
	if (a == 11)
		return source("pop3", "2001:db8:1:" a "::" a, "SE", 0, "", "-")
	return source("imap", "192.0.2." a, "SE", 64496 + a % 3, "res", dev ? "phone" : "desk")
}

function live(a, acct, dev,   first) {
	if ((acct, dev) in open && random(3) == 0) {
		logout(acct, dev)
		return
	}
	if (!((acct, dev) in open)) {
		if (random(5) > 0)
			return
		login(acct, dev, home(a, dev))
	}
	mails[acct] += random(6)
	first = mails[acct] - 1 - random(8)
	fetch(acct, dev, first "-" mails[acct] - 1, mails[acct] - first, 0, random(30))
	if (random(12) == 0)
		fetch(acct, dev, random(200) ";" 200 + random(100) ";" 300 + random(90), 3, 2, 0)
	if (random(15) == 0)
		search(acct, dev, 0)
}

# A stranger: all at once, in two sessions, or a little a day.
function knock(a, acct, dev) {
	if (!((acct, dev) in open))
		login(acct, dev, source(a == 6 ? "pop3" : "imap", "203.0.113." a,
			a == 3 ? "SE" : "ZA", 64700 + a, a == 3 ? "res" : "host",
			dev == 7 && a > 0 ? "-" : "script"))
}

function steal(a, acct,   dev, first) {
	dev = 7 + random(2)
	knock(a, acct, dev)
	if (a == 0)
		knock(a, acct, 15 - dev)
	if (a == 9)
		search(acct, dev, 3)
	first = random(300)
	if (a == 9)
		fetch(acct, dev, "", 0, 0, 400)
	fetch(acct, dev, first "-" first + (a == 3 ? 3 : 60), a == 3 ? 4 : 61, 10, 0)
	if (random(3) == 0)
		logout(acct, dev)
}

# An owner who reads everything again.
function dig(acct, dev) {
	if ((acct, dev) in open)
		fetch(acct, dev, "0-449", 450, 450, 0)
}

function spray(   a) {
	for (a = 0; a < 12; a++)
		event("X", "u" a, "", source("imap", "203.0.113." 3 * random(4), "ZA", 64703, "host", "-") \
			",,,,,,,,,,")
}

BEGIN {
	seed = 4711
	print "seq,t,ev,acct,sess,proto,ip,cc,lat,lon,rad,asn,net,client," \
		"mb,msgs,old,hdrs,oldh,bytes,ids,term,mbm,mbb"
	for (a = 0; a < 12; a++)
		mails["u" a] = 500
	for (hour = 0; hour < 45 * 24; hour++) {
		now = hour * 3600
		for (a = 0; a < 12; a++) {
			for (dev = 0; dev < 2; dev++)
				if (hour % 24 > 6 && (a < 10 || hour > 480))
					live(a, "u" a, dev)
			if (hour > 600 && a % 3 == 0 && hour % 24 < 12 &&
			    (a == 3 || hour % 72 < 12))
				steal(a, "u" a)
		}
		if (hour > 1000 && hour % 24 == 12)
			dig("u4", 0)
		if (hour > 590 && hour % 30 == 0)
			spray()
	}
}
