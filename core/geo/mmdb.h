#ifndef AA_MMDB_H
#define AA_MMDB_H

#include "err.h"
#include "facts.h"

/* One open .mmdb file: what it holds in which layout. Private to the room. */
struct aa_mmdb;

/* The file must be one that nobody can change (copy.h): it is mapped. */
int aa_mmdb_open(const char *name, struct aa_mmdb **db_r, struct aa_err *err);
void aa_mmdb_close(struct aa_mmdb **db);
/* The build date that the file gives, 0 if it gives none that can be. */
int64_t aa_mmdb_built_ms(const struct aa_mmdb *db);

/* Fills in what place does not know yet: country, AS, location. */
void aa_mmdb_fill(const struct aa_mmdb *db, const struct aa_ip *ip,
		  struct aa_place *place);

/* Opens the file in a child process and reads records from all over it.
   Returns -1 if that fails or ends the child. */
int aa_mmdb_probe(const char *name, struct aa_err *err);

/* For the probe: reads up to about this many records, evenly spread. */
#define AA_MMDB_SAMPLES 16384
void aa_mmdb_sample(const struct aa_mmdb *db);

#endif
