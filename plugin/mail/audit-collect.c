/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "audit-collect.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* One line of the wire is at most 64 KB; this leaves ample room for the other
   fields and keeps a report of scattered UIDs in readable pieces. */
#define COLLECT_UIDS_LINE_MAX 8192

/* "Old" in old_messages: the boundary that detection works with. */
#define COLLECT_OLD_S (30 * (int64_t)86400)

static void *collect_new(size_t size)
{
	return memset(aa_realloc(NULL, size), 0, size);
}

static void collect_kind_free(struct audit_collect_kind *kind)
{
	if (kind == NULL)
		return;
	aa_uidset_free(&kind->fresh);
	aa_uidset_free(&kind->sent);
	free(kind);
}

void audit_collector_free(struct audit_collector *collector)
{
	struct audit_collect_box *box, *next;
	unsigned int i;

	for (box = collector->boxes; box != NULL; box = next) {
		next = box->next;
		for (i = 0; i < AUDIT_COLLECT_PLACES; i++)
			collect_kind_free(box->kinds[i]);
		aa_uidset_free(&box->named);
		free(box);
	}
	collector->boxes = NULL;
}

struct audit_collect_box *
audit_collector_box(struct audit_collector *collector, const char *guid,
		    uint32_t uidvalidity, const char *name, const char *owner)
{
	struct audit_collect_box *box;

	for (box = collector->boxes; box != NULL; box = box->next) {
		if (box->uidvalidity == uidvalidity &&
		    strcmp(box->guid, guid) == 0)
			return box;
	}
	box = collect_new(sizeof(*box));
	(void)aa_text_copy(box->guid, sizeof(box->guid), guid);
	box->uidvalidity = uidvalidity;
	(void)aa_text_copy(box->name, sizeof(box->name), name);
	(void)aa_text_copy(box->owner, sizeof(box->owner), owner);
	box->next = collector->boxes;
	collector->boxes = box;
	return box;
}

static struct audit_collect_kind *
collect_kind_new(struct audit_collect_box *box, unsigned int place,
		 int64_t now_ms)
{
	struct audit_collect_kind *ckind = collect_new(sizeof(*ckind));
	struct aa_read *totals = &ckind->totals;

	memcpy(totals->box_guid, box->guid, sizeof(totals->box_guid));
	totals->uidvalidity = box->uidvalidity;
	memcpy(totals->box_name, box->name, sizeof(totals->box_name));
	memcpy(totals->owner, box->owner, sizeof(totals->owner));
	totals->preview = place == AUDIT_COLLECT_PREVIEW;
	totals->kind = totals->preview ? AA_KIND_PART : (enum aa_kind)place;
	totals->first_ms = now_ms;
	box->kinds[place] = ckind;
	return ckind;
}

static inline void
collect_add(struct audit_collector *collector, struct audit_collect_box *box,
	    unsigned int place, uint32_t uid, uint64_t bytes, int64_t now_ms)
{
	struct audit_collect_kind *ckind = box->kinds[place];

	if (ckind == NULL)
		ckind = collect_kind_new(box, place, now_ms);
	ckind->totals.bytes += bytes;
	ckind->totals.last_ms = now_ms;
	ckind->dirty = true;
	collector->dirty = true;
	(void)aa_uidset_add(&ckind->fresh, uid);
}

void audit_collect_add(struct audit_collector *collector,
		       struct audit_collect_box *box, enum aa_kind kind,
		       uint32_t uid, uint64_t bytes, int64_t now_ms)
{
	collect_add(collector, box, kind, uid, bytes, now_ms);
}

void audit_collect_add_preview(struct audit_collector *collector,
			       struct audit_collect_box *box,
			       uint32_t uid, uint64_t bytes, int64_t now_ms)
{
	collect_add(collector, box, AUDIT_COLLECT_PREVIEW, uid, bytes, now_ms);
}

void audit_collect_messages(struct audit_collect_box *box, uint64_t messages)
{
	box->messages = messages;
	box->counted = true;
}

/* Totals are of the kind: those of the two places of parts are added up. */
static void
collect_totals(const struct audit_collect_box *box,
	       const struct audit_collect_kind *kind, struct aa_read *totals_r)
{
	const struct audit_collect_kind *other;

	*totals_r = kind->totals;
	totals_r->box_messages = box->messages;
	if (kind->totals.kind != AA_KIND_PART)
		return;
	other = box->kinds[kind->totals.preview ?
			   AA_KIND_PART : AUDIT_COLLECT_PREVIEW];
	if (other != NULL)
		totals_r->bytes += other->totals.bytes;
}

/* True if word is one of the space-separated words of list. */
static bool collect_has_word(const char *list, const char *word, size_t len)
{
	const char *p = list;

	while ((p = strstr(p, word)) != NULL) {
		if ((p == list || p[-1] == ' ') &&
		    (p[len] == ' ' || p[len] == '\0'))
			return true;
		p += len;
	}
	return false;
}

static void collect_add_word(char *list, size_t cap, const char *word, size_t len)
{
	char copy[AA_NAME_MAX];
	size_t used = strlen(list);

	if (len == 0 || len >= sizeof(copy))
		return;
	memcpy(copy, word, len);
	copy[len] = '\0';
	if (collect_has_word(list, copy, len) || used + len + 2 > cap)
		return;
	if (used > 0)
		list[used++] = ' ';
	memcpy(list + used, copy, len + 1);
}

void audit_collect_fields(struct audit_collect_box *box, const char *fields,
			  bool wide)
{
	struct audit_collect_kind *ckind = box->kinds[AA_KIND_FIELDS];
	size_t len;

	if (ckind == NULL)
		return;
	if (wide)
		ckind->totals.fields_wide = true;
	/* The usual client asks for the same fields each time. */
	if (strcmp(ckind->totals.fields, fields) == 0)
		return;
	while (*fields != '\0') {
		len = strcspn(fields, " ");
		collect_add_word(ckind->totals.fields,
				 sizeof(ckind->totals.fields), fields, len);
		fields += len;
		fields += strspn(fields, " ");
	}
}

void audit_collect_date(struct audit_collect_box *box, enum aa_kind kind,
			int64_t date_s, int64_t now_ms)
{
	struct audit_collect_kind *ckind = box->kinds[kind];

	if (ckind == NULL || date_s <= 0)
		return;
	if (ckind->totals.oldest_s == 0 || date_s < ckind->totals.oldest_s)
		ckind->totals.oldest_s = date_s;
	if (date_s > ckind->totals.newest_s)
		ckind->totals.newest_s = date_s;
	if (date_s < now_ms / 1000 - COLLECT_OLD_S)
		ckind->totals.old_messages++;
}

/* Returns false if the callback had no room. */
static bool
collect_send_kind(const struct audit_collect_box *box,
		  struct audit_collect_kind *kind,
		  audit_collect_callback_t *callback, void *context)
{
	char text[COLLECT_UIDS_LINE_MAX];
	struct aa_read totals;
	struct aa_buf buf;
	unsigned int idx = 0;
	bool last;

	collect_totals(box, kind, &totals);
	do {
		aa_buf_init(&buf, text, sizeof(text));
		last = aa_uidset_format(&kind->fresh, &idx, &buf);
		if (!callback(&totals, text, context))
			return false;
	} while (!last);
	(void)aa_uidset_merge(&kind->sent, &kind->fresh);
	aa_uidset_clear(&kind->fresh);
	kind->dirty = false;
	return true;
}

bool audit_collector_send(struct audit_collector *collector, uint64_t seq,
			  audit_collect_callback_t *callback, void *context)
{
	struct audit_collect_box *box;
	unsigned int i;

	for (box = collector->boxes; box != NULL; box = box->next) {
		box->counted = false;
		for (i = 0; i < AUDIT_COLLECT_PLACES; i++) {
			if (box->kinds[i] == NULL || !box->kinds[i]->dirty)
				continue;
			if (!collect_send_kind(box, box->kinds[i],
					       callback, context))
				return false;
		}
	}
	collector->sent_seq = seq;
	collector->dirty = false;
	return true;
}

typedef void collect_each_t(struct audit_collect_kind *kind, void *context);

static void collect_each(const struct audit_collector *collector,
			 collect_each_t *each, void *context)
{
	struct audit_collect_box *box;
	unsigned int i;

	for (box = collector->boxes; box != NULL; box = box->next) {
		for (i = 0; i < AUDIT_COLLECT_PLACES; i++) {
			if (box->kinds[i] != NULL)
				each(box->kinds[i], context);
		}
	}
}

static void collect_kind_acked(struct audit_collect_kind *kind, void *context)
{
	(void)context;
	aa_uidset_clear(&kind->sent);
}

void audit_collector_acked(struct audit_collector *collector, uint64_t seq)
{
	if (seq >= collector->sent_seq)
		collect_each(collector, collect_kind_acked, NULL);
}

static void collect_kind_resend(struct audit_collect_kind *kind, void *context)
{
	bool *dirty = context;

	if (kind->sent.count > 0 || kind->fresh.count > 0) {
		(void)aa_uidset_merge(&kind->fresh, &kind->sent);
		aa_uidset_clear(&kind->sent);
		kind->dirty = true;
		*dirty = true;
	}
}

void audit_collector_resend(struct audit_collector *collector)
{
	collect_each(collector, collect_kind_resend, &collector->dirty);
}

static void collect_kind_pending(struct audit_collect_kind *kind, void *context)
{
	bool *pending = context;

	if (kind->fresh.count > 0 || kind->sent.count > 0 || kind->dirty)
		*pending = true;
}

bool audit_collector_pending(const struct audit_collector *collector)
{
	bool pending = false;

	collect_each(collector, collect_kind_pending, &pending);
	return pending;
}

static void collect_kind_bodies(struct audit_collect_kind *kind, void *context)
{
	uint64_t *bodies = context;

	if (kind->totals.kind == AA_KIND_BODY)
		*bodies += kind->fresh.uids + kind->sent.uids;
}

uint64_t audit_collector_waiting_bodies(const struct audit_collector *collector)
{
	uint64_t bodies = 0;

	collect_each(collector, collect_kind_bodies, &bodies);
	return bodies;
}

static uint64_t collect_kind_drop(struct audit_collect_kind *kind)
{
	uint64_t messages;

	if (kind == NULL)
		return 0;
	(void)aa_uidset_merge(&kind->fresh, &kind->sent);
	messages = kind->fresh.uids;
	aa_uidset_clear(&kind->fresh);
	aa_uidset_clear(&kind->sent);
	kind->dirty = false;
	return messages;
}

uint64_t audit_collector_drop(struct audit_collector *collector)
{
	struct audit_collect_box *box;
	uint64_t all = 0, most, messages;
	unsigned int i;

	for (box = collector->boxes; box != NULL; box = box->next) {
		most = 0;
		for (i = 0; i < AUDIT_COLLECT_PLACES; i++) {
			messages = collect_kind_drop(box->kinds[i]);
			most = messages > most ? messages : most;
		}
		all += most;
	}
	collector->dirty = false;
	return all > 0 ? all : 1;
}
