/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "known.h"
#include "buf.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const what_names[AA_KNOWN_WHAT_COUNT] = {
	[AA_KNOWN_COUNTRY] = "country",
	[AA_KNOWN_NETWORK] = "network",
	[AA_KNOWN_CLIENT] = "client",
	[AA_KNOWN_PROTOCOL] = "protocol",
};

const char *aa_known_what_name(enum aa_known_what what)
{
	return what_names[what];
}

bool aa_known_what_parse(const char *name, enum aa_known_what *what_r)
{
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		if (strcmp(what_names[i], name) == 0) {
			*what_r = (enum aa_known_what)i;
			return true;
		}
	}
	return false;
}

unsigned int aa_known_days(const struct aa_known *known, int today)
{
	if (known == NULL || today - known->last_day >= AA_KNOWN_FORGET_DAYS)
		return 0;
	return known->days;
}

bool aa_known_teach_late(struct aa_known *known, int day)
{
	if (day < known->first_day) {
		known->late_until = known->first_day;
		known->first_day = day;
	} else if (known->late_day == 0 || day >= known->late_until) {
		return false;
	} else if (day <= known->late_day) {
		return true;
	}
	known->late_day = day;
	known->days++;
	return true;
}

void aa_known_list_free(struct aa_known_list *list)
{
	free(list->known);
	memset(list, 0, sizeof(*list));
}

struct aa_known *
aa_known_find(const struct aa_known_list *list, const char *name)
{
	/* Padded like the entries, so that the first bytes tell most apart. */
	char padded[AA_KNOWN_NAME_MAX] = "";
	uint64_t begins, known;

	aa_text_copy(padded, sizeof(padded), name);
	memcpy(&begins, padded, sizeof(begins));
	for (unsigned int i = 0; i < list->count; i++) {
		memcpy(&known, list->known[i].name, sizeof(known));
		if (known == begins && strcmp(list->known[i].name, padded) == 0)
			return &list->known[i];
	}
	return NULL;
}

/* Among those of one day, the last in the alphabet: in whatever order a list was
   stored and loaded, it is the same one. */
static bool known_leaves_before(const struct aa_known *a, const struct aa_known *b)
{
	if (a->last_day != b->last_day)
		return a->last_day < b->last_day;
	return strcmp(a->name, b->name) > 0;
}

static struct aa_known *known_longest_unseen(struct aa_known_list *list)
{
	struct aa_known *oldest = list->known;

	for (unsigned int i = 1; i < list->count; i++) {
		if (known_leaves_before(&list->known[i], oldest))
			oldest = &list->known[i];
	}
	return oldest;
}

/* Most accounts know few names and there are many accounts: a list grows by
   doubling, so its room needs no number of its own (the next power of two). */
static struct aa_known *known_add(struct aa_known_list *list, const char *name)
{
	struct aa_known *known;

	if (list->count == AA_KNOWN_MAX) {
		known = known_longest_unseen(list);
	} else {
		if ((list->count & (list->count - 1)) == 0) {
			list->known = aa_realloc(list->known,
				(list->count == 0 ? 1 : 2 * list->count) *
				sizeof(*known));
		}
		known = &list->known[list->count++];
	}
	memset(known, 0, sizeof(*known));
	aa_text_copy(known->name, sizeof(known->name), name);
	return known;
}

struct aa_known *
aa_known_get(struct aa_known_list *list, const char *name, int day)
{
	struct aa_known *known = aa_known_find(list, name);

	if (known == NULL) {
		known = known_add(list, name);
		known->first_day = known->last_day = day;
	}
	return known;
}

void aa_known_restore(struct aa_known_list *list, const struct aa_known *known)
{
	*aa_known_get(list, known->name, known->first_day) = *known;
}
