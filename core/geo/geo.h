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
   end it with SIGBUS), and it is probed before it replaces the one in use. One
   thread only. */
#define AA_GEO_MAX_FILES 2

struct aa_geo;

/* paths: count (0 … 2) names. Never fails as a whole: what cannot be opened is
   told by aa_geo_status() and tried again at each aa_geo_refresh(). */
struct aa_geo *aa_geo_open(const char *const *paths, unsigned int count,
			   int64_t now_ms);
void aa_geo_close(struct aa_geo **geo);

/* Looks whether a file changed on disk (device, inode, size, mtime) and loads
   it. Call about once a minute. Returns true if the status text of a file
   changed: the caller logs it. */
bool aa_geo_refresh(struct aa_geo *geo, int64_t now_ms);

struct aa_geo_status {
	const char *path;
	bool loaded;
	int64_t built_ms;	/* build date inside the file */
	bool stale;		/* older than AA_GEO_STALE_MS */
	char text[AA_ERR_TEXT_MAX];	/* "" when all is well */
};
/* Country data older than this is warned of (field.md, section 3). */
#define AA_GEO_STALE_MS (35 * (int64_t)86400000)

/* Returns false if there is no file number idx. Valid until the next refresh. */
bool aa_geo_status(const struct aa_geo *geo, unsigned int idx, int64_t now_ms,
		   struct aa_geo_status *status_r);

/* Always fills place_r (is_private and network at least); a look-up that fails
   means "unknown", never an error. geo may be NULL. */
void aa_geo_lookup(const struct aa_geo *geo, const struct aa_ip *ip,
		   struct aa_place *place_r);

#endif
