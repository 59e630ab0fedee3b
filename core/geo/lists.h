#ifndef AA_LISTS_H
#define AA_LISTS_H

#include "geo.h"

/* Several lists of networks (netlist.h) that are files. Private to the room:
   see geo.h for what it promises of them. lists may be NULL: none. */
struct aa_netlists;

struct aa_netlists *aa_netlists_open(const char *const *paths, unsigned int count);
void aa_netlists_close(struct aa_netlists **lists);
bool aa_netlists_refresh(struct aa_netlists *lists);
bool aa_netlists_status(const struct aa_netlists *lists, unsigned int idx,
			struct aa_geo_list_status *status_r);
enum aa_net_class
aa_netlists_class(const struct aa_netlists *lists, const struct aa_ip *ip,
		  uint32_t asn);

#endif
