/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "actor.h"

#include <stdio.h>
#include <stdlib.h>

struct kept_text {
	struct aa_table_entry entry;
	char *text;		/* NULL: in memory */
};

static struct actor *cast_load(struct cast *cast, struct kept_text *kept)
{
	struct actor *actor = aa_table_add(&cast->actors, kept->entry.key,
					   sizeof(*actor));

	if (actor_parse(cast, actor, kept->text) < 0) {
		/* We wrote it ourselves. */
		fprintf(stderr, "access-audit-replay: bug: the state of an account cannot be read back\n");
		abort();
	}
	free(kept->text);
	kept->text = NULL;
	return actor;
}

struct actor *cast_find(struct cast *cast, const char *account)
{
	struct actor *actor = aa_table_find(&cast->actors, account);
	struct kept_text *kept;

	if (actor != NULL)
		return actor;
	kept = aa_table_find(&cast->kept, account);
	return kept == NULL || kept->text == NULL ? NULL : cast_load(cast, kept);
}

struct actor *cast_get(struct cast *cast, const char *account)
{
	struct actor *actor = cast_find(cast, account);

	return actor != NULL ? actor :
		aa_table_add(&cast->actors, account, sizeof(*actor));
}

struct visitor *
cast_enter(struct cast *cast, struct actor *actor, const char *session)
{
	struct visitor *visitor = aa_table_add(&cast->visitors, session,
					       sizeof(*visitor));

	visitor->actor = actor;
	visitor->next = actor->visitors;
	visitor->link = &actor->visitors;
	if (visitor->next != NULL)
		visitor->next->link = &visitor->next;
	actor->visitors = visitor;
	return visitor;
}

void visitor_ready(struct visitor *visitor)
{
	visitor->source = (struct aa_source){
		.account = visitor->actor->entry.key,
		.ip = &visitor->ip,
		.place = &visitor->place,
		.client = visitor->client,
		.protocol = visitor->protocol,
	};
}

void cast_leave(struct cast *cast, struct visitor *visitor)
{
	*visitor->link = visitor->next;
	if (visitor->next != NULL)
		visitor->next->link = visitor->link;
	aa_table_remove(&cast->visitors, visitor);
}

static void actor_free(void *context, void *entry)
{
	struct actor *actor = entry;

	(void)context;
	aa_life_free(&actor->life);
	aa_uidset_free(&actor->seen);
	aa_uidset_free(&actor->odd);
	free(actor->refusals);
}

static void actor_keep(void *context, void *entry)
{
	struct cast *cast = context;
	struct actor *actor = entry;
	struct kept_text *kept = aa_table_find(&cast->kept, actor->entry.key);
	size_t len;

	if (kept == NULL)
		kept = aa_table_add(&cast->kept, actor->entry.key, sizeof(*kept));
	kept->text = actor_format(actor, &len);
	actor_free(NULL, actor);
}

void cast_keep(struct cast *cast)
{
	aa_table_foreach(&cast->actors, actor_keep, cast);
	aa_table_free(&cast->actors);
	aa_table_free(&cast->visitors);
}

static void kept_load(void *context, void *entry)
{
	if (((struct kept_text *)entry)->text != NULL)
		(void)cast_load(context, entry);
}

void cast_load_all(struct cast *cast)
{
	aa_table_foreach(&cast->kept, kept_load, cast);
}

static void kept_free(void *context, void *entry)
{
	(void)context;
	free(((struct kept_text *)entry)->text);
}

void cast_free(struct cast *cast)
{
	aa_table_foreach(&cast->actors, actor_free, NULL);
	aa_table_foreach(&cast->kept, kept_free, NULL);
	aa_table_free(&cast->actors);
	aa_table_free(&cast->visitors);
	aa_table_free(&cast->kept);
}
