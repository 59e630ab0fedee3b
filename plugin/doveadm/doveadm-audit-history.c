/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "strfuncs.h"
#include "strnum.h"
#include "client-id.h"
#include "sensitive-words.h"
#include "timeval.h"
#include "doveadm-audit-history.h"

#include <stdlib.h>

/* Columns of history.sql. */
enum history_column {
	COL_AT, COL_STEP, COL_WHAT, COL_ACCOUNT, COL_SESSION, COL_FIRST, COL_LAST,
	COL_IP, COL_COUNTRY, COL_ASN, COL_AS_ORG, COL_NETWORK, COL_LOCATED,
	COL_LAT, COL_LON, COL_RADIUS, COL_PRIVATE, COL_NET_CLASS, COL_CLIENT,
	COL_SERVICE, COL_REAL_USER, COL_CONFIRMED, COL_STANDING, COL_END_REASON,
	COL_MAILBOX, COL_KIND, COL_UIDS, COL_MESSAGES, COL_FIRST_TIME, COL_STALE,
	COL_OLD, COL_LISTS, COL_TERMS, COL_HITS, COL_FAILURES, COL_CATEGORIES,
	COL_ORIGIN, COL_COUNT
};

/* What one session had of one mailbox: a message that it read in two ways is
   read once. */
struct history_box {
	struct history_box *next;
	uint32_t id;
	struct aa_uidset opened, listed;
};

/* Key: the row of the session. */
struct history_session {
	struct aa_table_entry entry;
	struct aa_play_session *played;
	struct history_box *boxes;
	bool searched;		/* its searches are recorded one by one */
	uint64_t messages;
};

struct history {
	struct aa_play *play;
	struct aa_table sessions;
	struct sensitive_words *words;
	int64_t until_ms;
	audit_fact_callback_t *callback;
	void *context;
	const char *error;
};

static int64_t number_of(const char *value)
{
	int64_t number;

	return str_to_int64(value, &number) < 0 ? 0 : number;
}

static unsigned int count_of(const char *value)
{
	int64_t number = number_of(value);

	return number < 0 ? 0 : number > UINT_MAX ? UINT_MAX :
		(unsigned int)number;
}

/* --- sessions --- */

static struct history_box *
history_box_get(struct history_session *session, uint32_t id)
{
	struct history_box *box;

	for (box = session->boxes; box != NULL; box = box->next) {
		if (box->id == id)
			return box;
	}
	box = i_new(struct history_box, 1);
	box->id = id;
	box->next = session->boxes;
	session->boxes = box;
	return box;
}

static void history_session_free(void *context ATTR_UNUSED, void *entry)
{
	struct history_session *session = entry;
	struct history_box *box;

	while ((box = session->boxes) != NULL) {
		session->boxes = box->next;
		aa_uidset_free(&box->opened);
		aa_uidset_free(&box->listed);
		i_free(box);
	}
}

/* --- facts --- */

/* FALSE if the address is none: an aggregate of failed logins. */
static bool place_read(struct aa_place *place_r, struct aa_ip *ip_r,
		       const char *const *values)
{
	i_zero(place_r);
	if (aa_ip_parse(ip_r, values[COL_IP], NULL) < 0)
		return FALSE;
	(void)aa_text_copy(place_r->country, sizeof(place_r->country),
			   values[COL_COUNTRY]);
	place_r->asn = count_of(values[COL_ASN]);
	(void)aa_text_copy(place_r->as_org, sizeof(place_r->as_org),
			   values[COL_AS_ORG]);
	place_r->has_location = number_of(values[COL_LOCATED]) != 0;
	place_r->lat = strtod(values[COL_LAT], NULL);
	place_r->lon = strtod(values[COL_LON], NULL);
	place_r->radius_km = count_of(values[COL_RADIUS]);
	place_r->is_private = *values[COL_PRIVATE] == '\0' ?
		aa_ip_is_private(ip_r) : number_of(values[COL_PRIVATE]) != 0;
	(void)aa_net_class_parse(values[COL_NET_CLASS], &place_r->net_class);
	(void)aa_text_copy(place_r->network, sizeof(place_r->network),
			   values[COL_NETWORK]);
	if (*place_r->network == '\0')
		aa_ip_prefix(ip_r, place_r->network);
	return TRUE;
}

static void
history_tell(struct history *history, const struct history_session *session,
	     enum audit_fact_what what, const char *const *values,
	     const struct aa_verdict *verdict, uint64_t first_time)
{
	const struct audit_fact fact = {
		.what = what,
		.at_ms = number_of(values[COL_AT]),
		.account = values[COL_ACCOUNT],
		.session_row = values[COL_SESSION],
		.session = session == NULL ? NULL : session->played,
		.verdict = verdict,
		.messages = session == NULL ? 0 : session->messages,
		.first_time = first_time,
	};

	history->callback(history->context, &fact);
}

static bool history_is_logged(const char *const *values)
{
	return strcmp(values[COL_ORIGIN], aa_origin_name(AA_ORIGIN_LOG)) == 0;
}

/* Whom the service did not believe, it did not judge. */
static void history_login(struct history *history, const char *const *values)
{
	struct history_session *session;
	struct aa_verdict verdict;
	char family[AA_NAME_MAX];
	struct aa_place place;
	struct aa_ip ip;
	const struct aa_source source = {
		.account = values[COL_ACCOUNT],
		.ip = &ip,
		.place = &place,
		.client = family,
		.protocol = values[COL_SERVICE],
		.client_untold = *values[COL_CLIENT] == '\0' &&
			history_is_logged(values),
	};

	if (number_of(values[COL_CONFIRMED]) == 0 ||
	    !place_read(&place, &ip, values))
		return;
	aa_client_family(values[COL_CLIENT], family);
	session = aa_table_add(&history->sessions, values[COL_SESSION],
			       sizeof(*session));
	session->played = aa_play_login(history->play, values[COL_SESSION],
					&source, number_of(values[COL_AT]),
					&verdict);
	history_tell(history, session, AUDIT_FACT_LOGIN, values, &verdict, 0);
}

static void history_failed(struct history *history, const char *const *values)
{
	struct aa_place place;
	struct aa_ip ip;
	const struct aa_source source = {
		.account = values[COL_ACCOUNT],
		.ip = &ip,
		.place = &place,
		.client = "",
		.protocol = "",
	};

	if (place_read(&place, &ip, values)) {
		aa_play_failed(history->play, &source,
			       number_of(values[COL_AT]));
	}
	history_tell(history, NULL, AUDIT_FACT_FAILED, values, NULL, 0);
}

static void history_end(struct history *history,
			struct history_session *session,
			const char *const *values)
{
	if (history_is_logged(values)) {
		aa_play_logged(history->play, session->played,
			       count_of(values[COL_MESSAGES]), number_of(values[COL_AT]));
	}
	aa_play_logout(history->play, &session->played, number_of(values[COL_AT]));
	history_session_free(NULL, session);
	aa_table_remove(&history->sessions, session);
	history_tell(history, NULL, AUDIT_FACT_END, values, NULL, 0);
}

/* The lists of today judge the terms; where these were not kept, what the lists said
   of them then. */
static bool history_is_sensitive(const struct history *history,
				 const char *const *values)
{
	const char *categories = *values[COL_TERMS] == '\0' ?
		values[COL_CATEGORIES] :
		sensitive_words_categories(history->words, values[COL_TERMS]);

	return *categories != '\0';
}

static void
history_search(struct history *history, struct history_session *session,
	       const char *const *values, unsigned int hits)
{
	const struct aa_search_fact fact = {
		.at_ms = number_of(values[COL_AT]),
		.hits = hits,
		.sensitive = history_is_sensitive(history, values),
	};
	struct aa_verdict verdict;

	aa_play_search(history->play, session->played, &fact, &verdict);
	history_tell(history, session, AUDIT_FACT_SEARCH, values, &verdict, 0);
}

/* --- reads --- */

/* Adds to dest what known has not. */
static void add_range_without(struct aa_uidset *dest, uint32_t first,
			      uint32_t last, const struct aa_uidset *known)
{
	uint64_t have = aa_uidset_count_in(known, first, last);
	uint32_t middle = first + (last - first) / 2;

	if (have == 0) {
		(void)aa_uidset_add_range(dest, first, last);
	} else if (have <= last - first) {
		add_range_without(dest, first, middle, known);
		add_range_without(dest, middle + 1, last, known);
	}
}

static void add_without(struct aa_uidset *dest, const struct aa_uidset *uids,
			const struct aa_uidset *known)
{
	for (unsigned int i = 0; i < uids->count; i++) {
		add_range_without(dest, uids->ranges[i].first,
				  uids->ranges[i].last, known);
	}
}

/* Adds to dest so many of the lowest UIDs, or of the highest. */
static void add_lowest(struct aa_uidset *dest, const struct aa_uidset *uids,
		       uint64_t count)
{
	for (unsigned int i = 0; i < uids->count && count > 0; i++) {
		const struct aa_uidrange *range = &uids->ranges[i];
		uint64_t have = (uint64_t)range->last - range->first + 1;

		have = I_MIN(have, count);
		(void)aa_uidset_add_range(dest, range->first,
					  range->first + (uint32_t)(have - 1));
		count -= have;
	}
}

static void add_highest(struct aa_uidset *dest, const struct aa_uidset *uids,
			uint64_t count)
{
	for (unsigned int i = uids->count; i > 0 && count > 0; i--) {
		const struct aa_uidrange *range = &uids->ranges[i - 1];
		uint64_t have = (uint64_t)range->last - range->first + 1;

		have = I_MIN(have, count);
		(void)aa_uidset_add_range(dest, range->last - (uint32_t)(have - 1),
					  range->last);
		count -= have;
	}
}

/* A row of parts has previews, too, and does not say which: as many as were
   counted were opened, the stale ones of them at its old end. */
static void parts_opened(struct aa_uidset *uids, const char *const *values)
{
	struct aa_uidset opened = { .count = 0 };
	uint64_t stale = count_of(values[COL_STALE]);
	uint64_t first_time = count_of(values[COL_FIRST_TIME]);

	add_lowest(&opened, uids, stale);
	add_highest(&opened, uids, first_time > stale ? first_time - stale : 0);
	aa_uidset_free(uids);
	*uids = opened;
}

static void
history_read_play(struct history *history, struct history_session *session,
		  const struct aa_play_reading *reading,
		  const char *const *values)
{
	struct aa_play_delivery delivery;
	struct aa_verdict verdict;

	aa_play_read(history->play, session->played, reading, &verdict, &delivery);
	session->messages += delivery.messages;
	history_tell(history, session, AUDIT_FACT_READ, values, &verdict,
		     delivery.fresh + delivery.stale);
}

static void
history_opened(struct history *history, struct history_session *session,
	       const struct aa_uidset *uids, const char *const *values)
{
	uint32_t id = (uint32_t)number_of(values[COL_MAILBOX]);
	struct history_box *box = history_box_get(session, id);
	struct aa_uidset news = { .count = 0 };

	add_without(&news, uids, &box->opened);
	(void)aa_uidset_merge(&box->opened, &news);
	if (news.count > 0) {
		history_read_play(history, session, &(struct aa_play_reading) {
			.at_ms = number_of(values[COL_AT]),
			.box = id,
			.folder = id,
			.ranges = news.ranges,
			.range_count = news.count,
			.old = count_of(values[COL_OLD]),
		}, values);
	}
	aa_uidset_free(&news);
}

/* Headers have no date: the old ones are those that the owner had reached. */
static void
history_listed(struct history *history, struct history_session *session,
	       const struct aa_uidset *uids, const char *const *values)
{
	int64_t at_ms = number_of(values[COL_AT]);
	uint32_t id = (uint32_t)number_of(values[COL_MAILBOX]);
	uint32_t stale_to = aa_play_stale(session->played->account, id,
					  aa_day_of(at_ms));
	struct history_box *box = history_box_get(session, id);
	struct aa_uidset news = { .count = 0 }, only = { .count = 0 };

	add_without(&news, uids, &box->listed);
	add_without(&only, &news, &box->opened);
	(void)aa_uidset_merge(&box->listed, &news);
	if (only.count > 0) {
		history_read_play(history, session, &(struct aa_play_reading) {
			.at_ms = at_ms,
			.box = id,
			.folder = id,
			.headers = (unsigned int)I_MIN(only.uids, UINT_MAX),
			.old_headers = stale_to == 0 ? 0 : (unsigned int)
				I_MIN(aa_uidset_count_in(&only, 1, stale_to),
				      UINT_MAX),
		}, values);
	}
	aa_uidset_free(&news);
	aa_uidset_free(&only);
}

/* How a kind is told to the engine; the others are not. */
static const struct {
	bool opens, lists;
} history_kinds[AA_KIND_COUNT] = {
	[AA_KIND_BODY] = { .opens = TRUE },
	[AA_KIND_PART] = { .opens = TRUE },
	[AA_KIND_HEADER] = { .lists = TRUE },
};

static void
history_uids(struct history *history, struct history_session *session,
	     enum aa_kind kind, const char *const *values)
{
	struct aa_uidset uids = { .count = 0 };
	struct aa_err err;

	if (aa_uidset_parse(&uids, values[COL_UIDS], 0, NULL, &err) < 0) {
		history->error = t_strdup(err.text);
		return;
	}
	if (kind == AA_KIND_PART)
		parts_opened(&uids, values);
	if (history_kinds[kind].opens)
		history_opened(history, session, &uids, values);
	else
		history_listed(history, session, &uids, values);
	aa_uidset_free(&uids);
}

static void
history_read(struct history *history, struct history_session *session,
	     const char *const *values)
{
	enum aa_kind kind;

	if (!aa_kind_parse(values[COL_KIND], &kind)) {
		history->error = "unknown kind of read";
	} else if (kind == AA_KIND_SEARCH) {
		/* all that is known of searches whose words were not kept */
		if (!session->searched) {
			history_search(history, session, values,
				       count_of(values[COL_MESSAGES]));
		}
	} else if (history_kinds[kind].opens || history_kinds[kind].lists ||
		   number_of(values[COL_LISTS]) != 0) {
		history_uids(history, session, kind, values);
	}
}

/* --- rows --- */

static void history_row(struct history *history, const char *const *values)
{
	const char *what = values[COL_WHAT];
	struct history_session *session;

	if (strcmp(what, "login") == 0) {
		history_login(history, values);
		return;
	}
	if (strcmp(what, "failed") == 0) {
		history_failed(history, values);
		return;
	}
	session = aa_table_find(&history->sessions, values[COL_SESSION]);
	if (session == NULL)
		return;
	if (strcmp(what, "end") == 0) {
		history_end(history, session, values);
	} else if (strcmp(what, "read") == 0) {
		history_read(history, session, values);
	} else {
		session->searched = TRUE;
		history_search(history, session, values,
			       count_of(values[COL_HITS]));
	}
}

static bool history_callback(void *context, unsigned int columns,
			     const char *const *names ATTR_UNUSED,
			     const char *const *values)
{
	struct history *history = context;

	i_assert(columns == COL_COUNT);
	if (number_of(values[COL_AT]) > history->until_ms)
		return FALSE;
	T_BEGIN {
		history_row(history, values);
	} T_END_PASS_STR_IF(history->error != NULL, &history->error);
	return history->error == NULL;
}

/* As the service: what can be read of the lists counts. */
static void history_words(struct history *history, struct audit *audit)
{
	const char *error;

	if (sensitive_words_read(audit->set->access_audit_sensitive_words,
				 &history->words, &error) < 0) {
		e_warning(audit->event, "access_audit_sensitive_words: %s", error);
	}
}

static int history_query(struct history *history, struct audit *audit,
			 int64_t since_ms)
{
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	audit_param_number(&params, "since", since_ms);
	if (aa_reader_query(audit->reader, "history", params.list, params.count,
			    history_callback, history, &err) < 0)
		return audit_fail_store(audit, &err);
	if (history->error != NULL)
		return audit_fail(audit, AUDIT_EX_DATA,
				  "The database is damaged: %s", history->error);
	return AUDIT_EX_OK;
}

int audit_history_play(struct audit *audit, struct aa_play *play,
		       int64_t since_ms, int64_t until_ms,
		       audit_fact_callback_t *callback, void *context)
{
	struct history history = {
		.play = play,
		.until_ms = until_ms,
		.callback = callback,
		.context = context,
	};
	int ret;

	history_words(&history, audit);
	ret = history_query(&history, audit, since_ms);
	aa_table_foreach(&history.sessions, history_session_free, NULL);
	aa_table_free(&history.sessions);
	sensitive_words_free(&history.words);
	return ret;
}
