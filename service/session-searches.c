/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "aa-settings.h"
#include "boxes.h"
#include "persist.h"
#include "sensitive-words.h"
#include "sessions.h"
#include "wire.h"

/* Searches: each is judged and recorded with its categories, with its terms if
   that is wanted. */

/* Searches of one session that wait for the store. */
#define SESSION_SEARCHES_MAX 1000
/* Searches that a client sends at once have one time; it is told apart by so much. */
#define SEARCHES_TOGETHER_MS 1000

static void
session_searched(struct session *session, const struct aa_msg *msg,
		 const char *categories)
{
	struct aa_search_fact fact = {
		.at_ms = session_now_ms(session),
		.hits = I_MIN(msg->hits, UINT_MAX),
		.sensitive = *categories != '\0',
	};

	if (!array_is_created(&session->searched))
		i_array_init(&session->searched, 4);
	if (array_count(&session->searched) < SESSION_SEARCHES_MAX)
		array_push_back(&session->searched, &fact);
}

/* The row's key has no more than the moment if the terms are not kept: of searches
   that come together each gets its own. */
static int64_t session_search_ms(struct session *session, int64_t at_ms)
{
	if (at_ms <= session->searched_ms &&
	    at_ms > session->searched_ms - SEARCHES_TOGETHER_MS)
		at_ms = session->searched_ms + 1;
	session->searched_ms = at_ms;
	return at_ms;
}

void session_search_add(struct session *session, const struct aa_msg *msg)
{
	struct audit *audit = session->audit;
	const char *categories =
		sensitive_words_categories(audit->words, msg->terms);
	struct session_search *search;

	session->owed = TRUE;
	session_searched(session, msg, categories);
	if (!array_is_created(&session->searches))
		i_array_init(&session->searches, 4);
	if (array_count(&session->searches) >= SESSION_SEARCHES_MAX)
		return;
	search = array_append_space(&session->searches);
	search->box = box_get(audit, &msg->read, session->account->rec.name);
	search->at_ms = session_search_ms(session, msg->at_ms);
	search->hits = msg->hits;
	search->terms = i_strdup(audit->set->access_audit_search_terms ?
				 msg->terms : "");
	search->categories = i_strdup(categories);
}

static void session_searches_drop(struct session *session)
{
	struct session_search *search;

	array_foreach_modifiable(&session->searches, search) {
		box_unref(&search->box);
		i_free(search->terms);
		i_free(search->categories);
	}
	array_free(&session->searches);
}

bool session_searches_flush(struct session *session, uint64_t *ticket_r)
{
	struct audit *audit = session->audit;
	const struct session_search *search;

	if (!array_is_created(&session->searches))
		return TRUE;
	array_foreach(&session->searches, search) {
		struct aa_rec_search rec = {
			.session_id = session->rec.id,
			.at_ms = search->at_ms,
			.hits = search->hits,
			.terms = search->terms,
			.categories = search->categories,
		};

		if (!box_flush(search->box, ticket_r))
			return FALSE;
		rec.mailbox_id = search->box->rec.id;
		/* Putting one twice changes nothing. */
		if (!persist_ticket(audit,
				    aa_writer_put_search(audit->persist->writer,
							 &rec), ticket_r))
			return FALSE;
	}
	session_searches_drop(session);
	return TRUE;
}

void session_searches_free(struct session *session)
{
	array_free(&session->searched);
	if (array_is_created(&session->searches))
		session_searches_drop(session);
}
