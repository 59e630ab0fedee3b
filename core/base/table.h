#ifndef AA_TABLE_H
#define AA_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A hash table of texts. The caller's struct begins with struct
   aa_table_entry; the table owns the structs (zeroed when made) and their keys.
   Zero-initialise a table. Whatever adds aborts when memory is exhausted, as
   Dovecot does. Not thread-safe. */
struct aa_table_entry {
	struct aa_table_entry *next;	/* in its bucket */
	char *key;
	uint32_t hash;
};
struct aa_table {
	struct aa_table_entry **buckets;
	size_t bucket_count;		/* a power of two */
	size_t count;
};

uint32_t aa_table_hash(const char *key);	/* FNV-1a */
/* NULL if it is not there. */
void *aa_table_find(const struct aa_table *table, const char *key);
/* The key must not be there. size: of the caller's struct. */
void *aa_table_add(struct aa_table *table, const char *key, size_t size);
void aa_table_remove(struct aa_table *table, void *entry);
void aa_table_free(struct aa_table *table);

/* Calls back for each entry, in no order; the callback may remove the entry
   that it is given. */
void aa_table_foreach(struct aa_table *table,
		      void (*callback)(void *context, void *entry),
		      void *context);

#endif
