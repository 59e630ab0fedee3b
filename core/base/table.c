/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "table.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_BUCKETS_MIN 16

uint32_t aa_table_hash(const char *key)
{
	uint32_t hash = 2166136261U;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 16777619U;
	return hash;
}

static struct aa_table_entry **
table_bucket(const struct aa_table *table, uint32_t hash)
{
	return &table->buckets[hash & (table->bucket_count - 1)];
}

void *aa_table_find(const struct aa_table *table, const char *key)
{
	uint32_t hash = aa_table_hash(key);
	struct aa_table_entry *entry;

	if (table->count == 0)
		return NULL;
	for (entry = *table_bucket(table, hash); entry != NULL; entry = entry->next) {
		if (entry->hash == hash && strcmp(entry->key, key) == 0)
			return entry;
	}
	return NULL;
}

static void table_link(struct aa_table *table, struct aa_table_entry *entry)
{
	struct aa_table_entry **bucket = table_bucket(table, entry->hash);

	entry->next = *bucket;
	*bucket = entry;
}

static void table_grow(struct aa_table *table)
{
	struct aa_table_entry **old = table->buckets, *entry, *next;
	size_t old_count = table->bucket_count;

	table->bucket_count = old_count == 0 ? TABLE_BUCKETS_MIN : 2 * old_count;
	table->buckets = aa_realloc(NULL, table->bucket_count *
				    sizeof(*table->buckets));
	memset(table->buckets, 0, table->bucket_count * sizeof(*table->buckets));
	for (size_t i = 0; i < old_count; i++) {
		for (entry = old[i]; entry != NULL; entry = next) {
			next = entry->next;
			table_link(table, entry);
		}
	}
	free(old);
}

void *aa_table_add(struct aa_table *table, const char *key, size_t size)
{
	struct aa_table_entry *entry;

	if (table->count >= table->bucket_count)
		table_grow(table);
	entry = aa_realloc(NULL, size);
	memset(entry, 0, size);
	entry->key = aa_realloc(NULL, strlen(key) + 1);
	memcpy(entry->key, key, strlen(key) + 1);
	entry->hash = aa_table_hash(key);
	table_link(table, entry);
	table->count++;
	return entry;
}

static void entry_free(struct aa_table_entry *entry)
{
	free(entry->key);
	free(entry);
}

void aa_table_remove(struct aa_table *table, void *removed)
{
	struct aa_table_entry *entry = removed, **link;

	link = table_bucket(table, entry->hash);
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	table->count--;
	entry_free(entry);
}

void aa_table_foreach(struct aa_table *table,
		      void (*callback)(void *context, void *entry),
		      void *context)
{
	struct aa_table_entry *entry, *next;

	for (size_t i = 0; i < table->bucket_count; i++) {
		for (entry = table->buckets[i]; entry != NULL; entry = next) {
			next = entry->next;
			callback(context, entry);
		}
	}
}

void aa_table_free(struct aa_table *table)
{
	struct aa_table_entry *entry, *next;

	for (size_t i = 0; i < table->bucket_count; i++) {
		for (entry = table->buckets[i]; entry != NULL; entry = next) {
			next = entry->next;
			entry_free(entry);
		}
	}
	free(table->buckets);
	memset(table, 0, sizeof(*table));
}
