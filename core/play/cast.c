/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "play-private.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept_text {
	struct aa_table_entry entry;
	char *text;		/* NULL: in memory */
};

/* --- accounts --- */

static struct aa_play_account *
account_load(struct aa_play *play, struct kept_text *kept)
{
	struct aa_play_account *account =
		aa_table_add(&play->accounts, kept->entry.key, sizeof(*account));

	if (aa_play_account_parse(play, account, kept->text) < 0) {
		/* We wrote it ourselves. */
		fprintf(stderr, "bug: the state of an account cannot be read back\n");
		abort();
	}
	free(kept->text);
	kept->text = NULL;
	return account;
}

struct aa_play_account *
aa_play_account(struct aa_play *play, const char *name)
{
	struct aa_play_account *account = aa_table_find(&play->accounts, name);
	struct kept_text *kept;

	if (account != NULL)
		return account;
	kept = aa_table_find(&play->kept, name);
	return kept == NULL || kept->text == NULL ? NULL :
		account_load(play, kept);
}

struct aa_play_account *
aa_play_account_get(struct aa_play *play, const char *name)
{
	struct aa_play_account *account = aa_play_account(play, name);

	return account != NULL ? account :
		aa_table_add(&play->accounts, name, sizeof(*account));
}

struct aa_play_box *
aa_play_box_get(struct aa_play_account *account, uint32_t id)
{
	struct aa_play_box **link = &account->boxes, *box;

	while ((box = *link) != NULL && box->id != id)
		link = &box->next;
	if (box == NULL) {
		box = aa_realloc(NULL, sizeof(*box));
		memset(box, 0, sizeof(*box));
		box->id = id;
	} else {
		*link = box->next;
	}
	box->next = account->boxes;
	account->boxes = box;
	return box;
}

static void account_free(void *context, void *entry)
{
	struct aa_play_account *account = entry;
	struct aa_play_box *box;

	(void)context;
	aa_life_free(&account->life);
	while ((box = account->boxes) != NULL) {
		account->boxes = box->next;
		aa_uidset_free(&box->seen);
		aa_uidset_free(&box->odd);
		free(box);
	}
	free(account->refusals);
}

/* --- sessions --- */

struct aa_play_session *
aa_play_session(struct aa_play *play, const char *name)
{
	return aa_table_find(&play->sessions, name);
}

struct aa_play_session *
aa_play_enter(struct aa_play *play, struct aa_play_account *account,
	      const char *name)
{
	struct aa_play_session *session =
		aa_table_add(&play->sessions, name, sizeof(*session));

	session->account = account;
	session->next = account->sessions;
	session->link = &account->sessions;
	if (session->next != NULL)
		session->next->link = &session->next;
	account->sessions = session;
	return session;
}

void aa_play_session_ready(struct aa_play_session *session)
{
	session->source = (struct aa_source){
		.account = session->account->entry.key,
		.ip = &session->ip,
		.place = &session->place,
		.client = session->client,
		.protocol = session->protocol,
	};
}

void aa_play_leave(struct aa_play *play, struct aa_play_session *session)
{
	*session->link = session->next;
	if (session->next != NULL)
		session->next->link = session->link;
	aa_table_remove(&play->sessions, session);
}

/* --- all of them --- */

static void account_keep(void *context, void *entry)
{
	struct aa_play *play = context;
	struct aa_play_account *account = entry;
	struct kept_text *kept = aa_table_find(&play->kept, account->entry.key);
	size_t len;

	if (kept == NULL)
		kept = aa_table_add(&play->kept, account->entry.key, sizeof(*kept));
	kept->text = aa_play_account_text(account, &len);
	account_free(NULL, account);
}

void aa_play_keep(struct aa_play *play)
{
	aa_table_foreach(&play->accounts, account_keep, play);
	aa_table_free(&play->accounts);
	aa_table_free(&play->sessions);
}

static void kept_load(void *context, void *entry)
{
	if (((struct kept_text *)entry)->text != NULL)
		(void)account_load(context, entry);
}

void aa_play_load_all(struct aa_play *play)
{
	aa_table_foreach(&play->kept, kept_load, play);
}

static void kept_free(void *context, void *entry)
{
	(void)context;
	free(((struct kept_text *)entry)->text);
}

void aa_play_cast_free(struct aa_play *play)
{
	aa_table_foreach(&play->accounts, account_free, NULL);
	aa_table_foreach(&play->kept, kept_free, NULL);
	aa_table_free(&play->accounts);
	aa_table_free(&play->sessions);
	aa_table_free(&play->kept);
}
