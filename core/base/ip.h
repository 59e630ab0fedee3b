#ifndef AA_IP_H
#define AA_IP_H

#include "buf.h"
#include "err.h"

/* An address as a value: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d.
   Zero-initialised = none. */
struct aa_ip {
	unsigned char bytes[16];
	bool set;
};
struct aa_net {
	struct aa_ip ip;
	unsigned int bits;	/* 0 … 128, counted on the 16 bytes */
};

#define AA_IP_TEXT_MAX 46
#define AA_NET_TEXT_MAX 50

int aa_ip_parse(struct aa_ip *ip_r, const char *text, struct aa_err *err);
/* "192.0.2.0/24", "2001:db8::/32", or a single address. Bits of the address
   beyond the prefix are cleared. */
int aa_net_parse(struct aa_net *net_r, const char *text, struct aa_err *err);
bool aa_ip_is_v4(const struct aa_ip *ip);
/* "" for none. IPv4 in dotted form, IPv6 as RFC 5952 (inet_ntop) has it. */
void aa_ip_format(const struct aa_ip *ip, char text_r[AA_IP_TEXT_MAX]);
bool aa_ip_equal(const struct aa_ip *a, const struct aa_ip *b);
/* An IPv6 network, even ::/0, contains no IPv4 address. */
bool aa_net_contains(const struct aa_net *net, const struct aa_ip *ip);
/* Loopback, RFC 1918, RFC 4193, link-local: places without geography. The
   shared space of carriers (100.64.0.0/10) counts too. */
bool aa_ip_is_private(const struct aa_ip *ip);
/* The network by which an address is known when no AS number is: the /24 of an
   IPv4, the /64 of an IPv6 address, e.g. "192.0.2.0/24". "" for none. */
void aa_ip_prefix(const struct aa_ip *ip, char text_r[AA_NET_TEXT_MAX]);

#endif
