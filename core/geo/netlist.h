#ifndef AA_NETLIST_H
#define AA_NETLIST_H

#include "err.h"
#include "facts.h"

/* A list of networks, as text:

	# a comment
	192.0.2.0/24	vpn	a note for whoever reads the file
	2001:db8::/32	cloud
	AS64500		hosting	a whole autonomous system

   Of the networks that hold an address the smallest says its class; an
   autonomous system only says it where no network does. Twice the same network
   with two classes is an error. A look-up is a binary search. Private to the
   room; immutable once made. */
#define AA_NETLIST_MAX_LINES 250000
#define AA_NETLIST_MAX_BYTES (32 * 1024 * 1024)

struct aa_netlist;

/* text: NUL-terminated, size without the NUL; it may hold anything. On error
   err names the line. */
int aa_netlist_parse(const char *text, size_t size, struct aa_netlist **list_r,
		     struct aa_err *err);
void aa_netlist_free(struct aa_netlist **list);
unsigned int aa_netlist_count(const struct aa_netlist *list);

/* What a look-up in one or several lists has found so far. */
struct aa_netlist_match {
	enum aa_net_class net_class;	/* AA_NET_UNKNOWN: nothing */
	unsigned int rank;		/* 0 nothing, 1 by AS, 2 + bits of the network */
};
/* Replaces the match if this list has a better one. asn 0: not known. */
void aa_netlist_match(const struct aa_netlist *list, const struct aa_ip *ip,
		      uint32_t asn, struct aa_netlist_match *match);

#endif
