#ifndef AA_UIDSET_H
#define AA_UIDSET_H

#include "buf.h"
#include "err.h"

/* A set of IMAP UIDs (1 … 2^32-1) as sorted, disjoint, non-adjacent ranges.
   Adding the next higher UID, the ordinary case in a download, extends the
   last range: no allocation, no search. A set is owned by the caller;
   zero-initialise it and free with aa_uidset_free(). Not thread-safe. */
struct aa_uidrange {
	uint32_t first, last;
};
struct aa_uidset {
	struct aa_uidrange *ranges;
	unsigned int count, cap;
	uint64_t uids;		/* how many UIDs are in the set */
};

/* What one line of the wire, or one stored text, may hold. */
#define AA_UIDSET_PARSE_MAX_RANGES 4096

void aa_uidset_free(struct aa_uidset *set);
void aa_uidset_clear(struct aa_uidset *set);
/* Returns how many UIDs were new to the set. UID 0 is ignored (0 new), and so is
   a range whose end lies before its beginning. Whatever adds aborts when memory
   is exhausted, as Dovecot does. */
uint64_t aa_uidset_add_range(struct aa_uidset *set, uint32_t first, uint32_t last);
static inline uint64_t aa_uidset_add(struct aa_uidset *set, uint32_t uid)
{
	if (set->count > 0 && uid != 0 && set->ranges[set->count - 1].last == uid - 1) {
		set->ranges[set->count - 1].last = uid;
		set->uids++;
		return 1;
	}
	return aa_uidset_add_range(set, uid, uid);
}
/* Adds all of src to dest; returns how many were new to dest. */
uint64_t aa_uidset_merge(struct aa_uidset *dest, const struct aa_uidset *src);
/* Takes all of src out of dest; returns how many there were. */
uint64_t aa_uidset_remove(struct aa_uidset *dest, const struct aa_uidset *src);
bool aa_uidset_contains(const struct aa_uidset *set, uint32_t uid);
/* The same for a set as aa_uidset_text() wrote it, without reading it into memory. */
bool aa_uidset_text_contains(const char *text, uint32_t uid);
/* How many UIDs of range [first,last] are in the set. */
uint64_t aa_uidset_count_in(const struct aa_uidset *set, uint32_t first, uint32_t last);

/* Adds to dest what a has in common with b; what a has and b has not. dest is
   neither of them. */
void aa_uidset_common(struct aa_uidset *dest, const struct aa_uidset *a,
		      const struct aa_uidset *b);
void aa_uidset_without(struct aa_uidset *dest, const struct aa_uidset *a,
		       const struct aa_uidset *b);

/* Writes ranges from *idx on as "1:40,42" until out has less than 24 bytes left
   or AA_UIDSET_PARSE_MAX_RANGES are written, and advances *idx. Returns true
   when the last range is out, so a long set goes into several lines. */
bool aa_uidset_format(const struct aa_uidset *set, unsigned int *idx,
		      struct aa_buf *out);
/* The whole set as a malloc'ed text ("" for an empty set); the caller frees. */
char *aa_uidset_text(const struct aa_uidset *set);

/* Parses "1:40,42" ("" is the empty set) and adds it to the set. Strict: UIDs 1 … 2^32-1 without
   "*", ranges ascending and disjoint, at most max_ranges of them (0 = no
   bound: only for text that we have written ourselves). On error the set is
   unchanged. new_r (may be NULL) gets the number of UIDs new to the set. */
int aa_uidset_parse(struct aa_uidset *set, const char *text,
		    unsigned int max_ranges, uint64_t *new_r, struct aa_err *err);

#endif
