#ifndef AA_GEO_H
#define AA_GEO_H

#include "err.h"
#include "facts.h"

/* Address -> place from one or two .mmdb files (MaxMind Country/City/ASN,
   DB-IP, the flat layout of ip-location-db; the second file fills what the
   first does not know). No file at all works: places then have no country and
   no AS number, the network is the prefix.

   A file is read into private memory when it is opened, so that truncating or
   overwriting it in place cannot hurt a running service (a mapped file would
   end it with SIGBUS), and it is probed in a child process with limits before
   it replaces the one in use: libmaxminddb before 1.13 can be led to overrun
   the stack. One thread only. */
#define AA_GEO_MAX_FILES 2
#define AA_GEO_MAX_BYTES (512 * (int64_t)1024 * 1024)

struct aa_geo;

/* paths: count (0 … 2) names. Never fails as a whole: what cannot be opened is
   told by aa_geo_status() and tried again at each aa_geo_refresh(), or, when
   the file itself is no good, as soon as it changes. */
struct aa_geo *aa_geo_open(const char *const *paths, unsigned int count,
			   int64_t now_ms);
void aa_geo_close(struct aa_geo **geo);

/* Looks whether a file changed on disk (device, inode, size, mtime) and loads
   it; what is in use stays in use until its successor has proved good. Call
   about once a minute. Returns true if the status text of a file or list changed
   or one was loaded: the caller logs it. */
bool aa_geo_refresh(struct aa_geo *geo, int64_t now_ms);

struct aa_geo_status {
	const char *path;
	bool loaded;
	int64_t built_ms;	/* build date inside the file; 0 not loaded */
	bool stale;		/* older than AA_GEO_STALE_MS */
	/* What is wrong and what to do; "" when all is well. */
	char text[AA_ERR_TEXT_MAX];
};
/* Older data is warned of: networks move between countries. */
#define AA_GEO_STALE_MS (35 * (int64_t)86400000)

/* Returns false if there is no file number idx. Valid until the next refresh. */
bool aa_geo_status(const struct aa_geo *geo, unsigned int idx, int64_t now_ms,
		   struct aa_geo_status *status_r);

/* --- lists of networks --- */

/* Text files that say of which class networks are (netlist.h has the form,
   doc/DETECTION.md what it is for). The smallest network that holds an address
   decides, whatever list it is in; of two the one in the earlier list. They are
   looked at by aa_geo_refresh(), a file with an error as a whole keeps its
   predecessor in use. */
#define AA_GEO_MAX_LISTS 16

/* Replaces those that there were. Files beyond the sixteenth are ignored. */
void aa_geo_lists(struct aa_geo *geo, const char *const *paths,
		  unsigned int count);

struct aa_geo_list_status {
	const char *path;
	bool loaded;
	unsigned int networks;
	bool news;		/* the last refresh loaded it or changed the text */
	/* What is wrong, with its line; "" when all is well. */
	char text[AA_ERR_TEXT_MAX];
};
/* Returns false if there is no list number idx. Valid until the next refresh. */
bool aa_geo_list_status(const struct aa_geo *geo, unsigned int idx,
			struct aa_geo_list_status *status_r);

/* Always fills place_r (is_private and network at least); a look-up that fails
   means "unknown", never an error. No address at all (not set) is a private
   place, its network is "local". geo may be NULL. */
void aa_geo_lookup(const struct aa_geo *geo, const struct aa_ip *ip,
		   struct aa_place *place_r);

#endif
