# awk -f spray-trace.awk: more sources of failed logins than the engine remembers,
# with some that get in.

BEGIN {
	print "seq,t,ev,acct,sess,proto,ip,cc,lat,lon,rad,asn,net,client," \
		"mb,msgs,old,hdrs,oldh,bytes,ids,term,mbm,mbb"
	place = ",SE,59.3,18.1,30,64500,res,desk,,,,,,,,,900,9000000\n"
	for (a = 0; a < 40; a++) {
		printf "%d,%d,L,w%d,h%d,imap,192.0.2.%d" place, ++seq, a, a, a, a
		printf "%d,%d,O,w%d,h%d,,,,,,,,,,,,,,,,,,,\n", ++seq, a, a, a
	}
	now = 20 * 86400
	for (i = 0; i < 30000; i++) {
		ip = "198." 18 + int(i / 65536) "." int(i / 256) % 256 "." i % 256
		for (a = 0; a < 4; a++)
			printf "%d,%d,X,v%d,,imap,%s,ZA,-33.9,18.4,30,64600,host,-,,,,,,,,,,\n",
				++seq, now, a, ip
		now += 3
		if (i % 40 > 0)
			continue
		old = i - i * 7 % 19000
		ip = old < 0 ? ip : "198.18." int(old / 256) % 256 "." old % 256
		printf "%d,%d,L,w%d,s%d,imap,%s,SE,59.3,18.1,30,64500,res,desk,,,,,,,,,900,9000000\n",
			++seq, now, i / 40 % 40, i, ip
		printf "%d,%d,F,w%d,s%d,,,,,,,,,,1,40,40,300,300,9000,%d-%d,,,\n",
			++seq, now + 1, i / 40 % 40, i, i % 700, i % 700 + 39
		printf "%d,%d,O,w%d,s%d,,,,,,,,,,,,,,,,,,,\n", ++seq, now + 2, i / 40 % 40, i
	}
}
