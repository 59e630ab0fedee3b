/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "reader-private.h"
#include "buf.h"

#include <stdlib.h>
#include <string.h>

enum query {
	QUERY_ALIVE,
	QUERY_NEXT_IDS,
	QUERY_ACCOUNT,
	QUERY_ACCOUNT_BY_ID,
	QUERY_KNOWN,
	QUERY_DAILY,
	QUERY_BLOCKS,
	QUERY_BLOCKS_IN_FORCE,
	QUERY_SESSIONS,
	QUERY_INCIDENTS,
	QUERY_SITE,
	QUERY_SEEN,
	QUERY_MAILBOX,
	QUERY_SESSION,
	QUERY_PAUSED_SESSION,
	QUERY_SESSION_READS,
	QUERY_OPEN_SESSIONS,
	QUERY_BLOCK,
	QUERY_ORDERS,
	QUERY_NOTIFICATIONS,
	QUERY_CANARIES,
	QUERY_CAMPAIGNS,
	QUERY_INCIDENT_ACCOUNTS,
	QUERY_QUIET_INCIDENTS,
	QUERY_HOMES,
	QUERY_FORMER_INCIDENT,
	QUERY_INCIDENT,
	QUERY_SESSION_BY_ID,
	QUERY_INCIDENT_SESSIONS,
	QUERY_COUNT
};
static const struct {
	const char *statement;
	enum aa_row row;
} queries[QUERY_COUNT] = {
	[QUERY_ALIVE] = { "alive", AA_ROW_ALIVE },
	[QUERY_NEXT_IDS] = { "next_ids", AA_ROW_NEXT_IDS },
	[QUERY_ACCOUNT] = { "account", AA_ROW_ACCOUNT },
	[QUERY_ACCOUNT_BY_ID] = { "account_by_id", AA_ROW_ACCOUNT },
	[QUERY_KNOWN] = { "known_of_account", AA_ROW_KNOWN },
	[QUERY_DAILY] = { "daily_of_account", AA_ROW_DAILY },
	[QUERY_BLOCKS] = { "blocks_of_account", AA_ROW_BLOCK },
	[QUERY_BLOCKS_IN_FORCE] = { "blocks_in_force", AA_ROW_BLOCK },
	[QUERY_SESSIONS] = { "sessions_of_account", AA_ROW_SESSION },
	[QUERY_INCIDENTS] = { "incidents_of_account", AA_ROW_INCIDENT },
	[QUERY_SITE] = { "site", AA_ROW_SITE },
	[QUERY_SEEN] = { "seen", AA_ROW_SEEN },
	[QUERY_MAILBOX] = { "mailbox", AA_ROW_MAILBOX },
	[QUERY_SESSION] = { "session", AA_ROW_SESSION },
	[QUERY_PAUSED_SESSION] = { "paused_session", AA_ROW_SESSION },
	[QUERY_SESSION_READS] = { "reads_of_session", AA_ROW_READ },
	[QUERY_OPEN_SESSIONS] = { "open_sessions", AA_ROW_SESSION },
	[QUERY_BLOCK] = { "block", AA_ROW_BLOCK },
	[QUERY_ORDERS] = { "orders", AA_ROW_ORDER },
	[QUERY_NOTIFICATIONS] = { "notifications", AA_ROW_NOTIFICATION },
	[QUERY_CANARIES] = { "canaries", AA_ROW_CANARY },
	[QUERY_CAMPAIGNS] = { "campaigns", AA_ROW_INCIDENT },
	[QUERY_INCIDENT_ACCOUNTS] = { "accounts_of_incident", AA_ROW_INCIDENT_ACCOUNT },
	[QUERY_QUIET_INCIDENTS] = { "quiet_incidents", AA_ROW_INCIDENT },
	[QUERY_HOMES] = { "homes", AA_ROW_SESSION },
	[QUERY_FORMER_INCIDENT] = { "former_incident", AA_ROW_INCIDENT },
	[QUERY_INCIDENT] = { "incident", AA_ROW_INCIDENT },
	[QUERY_SESSION_BY_ID] = { "session_by_id", AA_ROW_SESSION },
	[QUERY_INCIDENT_SESSIONS] = { "sessions_of_incident", AA_ROW_SESSION }
};
_Static_assert(QUERY_COUNT <= AA_READER_STMTS, "more statements than are kept");

/* Makes a query ready for aa_row_next(). */
static int begin_query(struct aa_reader *reader, enum query query,
		       const struct aa_param *params, unsigned int count,
		       struct aa_row_stmt **row_r, struct aa_err *err)
{
	struct aa_row_stmt **row = &reader->stmts[query];

	if (*row == NULL &&
	    aa_row_prepare(reader->db, aa_sql_find(aa_sql_statements, queries[query].statement),
			   &aa_row_types[queries[query].row], row, err) < 0)
		return -1;
	aa_reader_bind(aa_row_stmt(*row), params, count);
	*row_r = *row;
	return 0;
}

/* The strings of a record outlive the statement: until the next call. */
static void keep_strings(struct aa_reader *reader, const struct aa_row_type *type,
			 void *record)
{
	size_t bytes;
	void *kept = aa_row_copy(type, record, &bytes);

	free(reader->kept);
	reader->kept = kept;
	memcpy(record, kept, type->size);
}

/* A query for one row. 1 found, 0 not, -1 error. */
static int one_row(struct aa_reader *reader, enum query query,
		   const struct aa_param *params, unsigned int count,
		   void *record_r, struct aa_err *err)
{
	struct aa_row_stmt *row;
	int ret;

	if (begin_query(reader, query, params, count, &row, err) < 0)
		return -1;
	ret = aa_row_next(row, record_r, err);
	if (ret > 0) {
		keep_strings(reader, &aa_row_types[queries[query].row], record_r);
		aa_stmt_reset(aa_row_stmt(row));
	}
	return ret;
}

/* The same as a whole call. */
static int find_one(struct aa_reader *reader, enum query query,
		    const struct aa_param *params, unsigned int count,
		    void *record_r, struct aa_err *err)
{
	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return one_row(reader, query, params, count, record_r, err);
}

/* Defines each_<what>(), which gives all rows of a query to a callback. */
#define DEFINE_EACH(what) \
	static int each_##what(struct aa_reader *reader, enum query query, \
			       const struct aa_param *params, unsigned int count, \
			       void (*callback)(void *, const struct aa_rec_##what *), \
			       void *context, struct aa_err *err) \
	{ \
		struct aa_rec_##what record; \
		struct aa_row_stmt *row; \
		int ret; \
		\
		if (callback == NULL) \
			return 0; \
		if (begin_query(reader, query, params, count, &row, err) < 0) \
			return -1; \
		while ((ret = aa_row_next(row, &record, err)) > 0) \
			callback(context, &record); \
		return ret; \
	}

DEFINE_EACH(known)
DEFINE_EACH(daily)
DEFINE_EACH(block)
DEFINE_EACH(session)
DEFINE_EACH(incident)
DEFINE_EACH(read)
DEFINE_EACH(order)
DEFINE_EACH(notification)
DEFINE_EACH(canary)
DEFINE_EACH(incident_account)

#define PARAMS(array) array, sizeof(array) / sizeof((array)[0])

int aa_reader_next_ids(struct aa_reader *reader, struct aa_next_ids *ids_r,
		       struct aa_err *err)
{
	return find_one(reader, QUERY_NEXT_IDS, NULL, 0, ids_r, err) < 0 ? -1 : 0;
}

int aa_reader_alive(struct aa_reader *reader, int64_t *at_ms_r, bool *clean_r,
		    struct aa_err *err)
{
	struct aa_rec_alive alive = { .at_ms = 0 };
	int ret = find_one(reader, QUERY_ALIVE, NULL, 0, &alive, err);

	*at_ms_r = alive.at_ms;
	*clean_r = alive.clean;
	return ret;
}

/* All that is known of an account, within the caller's transaction. The last
   parameter is its id, once that is known. */
static int load_account(struct aa_reader *reader, struct aa_param *params,
			unsigned int count, struct aa_rec_account *account_r,
			const struct aa_load_callbacks *to, struct aa_err *err)
{
	int ret;

	if (each_block(reader, QUERY_BLOCKS, params, count, to->block, to->context, err) < 0)
		return -1;
	ret = one_row(reader, QUERY_ACCOUNT, params, count, account_r, err);
	if (ret <= 0)
		return ret;
	params[count - 1].number = account_r->id;
	if (each_known(reader, QUERY_KNOWN, params, count, to->known, to->context, err) < 0 ||
	    each_daily(reader, QUERY_DAILY, params, count, to->daily, to->context, err) < 0 ||
	    each_session(reader, QUERY_SESSIONS, params, count, to->session, to->context,
			 err) < 0 ||
	    each_incident(reader, QUERY_INCIDENTS, params, count, to->incident, to->context,
			  err) < 0)
		return -1;
	return 1;
}

int aa_reader_account(struct aa_reader *reader, const char *name,
		      int64_t since_ms, struct aa_rec_account *account_r,
		      const struct aa_load_callbacks *callbacks, struct aa_err *err)
{
	struct aa_param params[] = {
		{ "name", name, 0 },
		{ "account", name, 0 },
		{ "since_ms", NULL, since_ms },
		{ "account_id", NULL, 0 }
	};
	int ret;

	if (aa_reader_ready(reader, err) < 0 ||
	    aa_db_run(reader->db, aa_sql_find(aa_sql_statements, "begin_read"), err) < 0)
		return -1;
	ret = load_account(reader, PARAMS(params), account_r, callbacks, err);
	(void)aa_db_run(reader->db, aa_sql_find(aa_sql_statements, "rollback"), NULL);
	return ret;
}

int aa_reader_account_by_id(struct aa_reader *reader, int64_t id,
			    struct aa_rec_account *account_r, struct aa_err *err)
{
	const struct aa_param params[] = { { "id", NULL, id } };

	return find_one(reader, QUERY_ACCOUNT_BY_ID, PARAMS(params), account_r, err);
}

int aa_reader_site(struct aa_reader *reader,
		   void (*callback)(void *context, const char *key, const char *state),
		   void *context, struct aa_err *err)
{
	struct aa_rec_site site;
	struct aa_row_stmt *row;
	int ret;

	if (aa_reader_ready(reader, err) < 0 ||
	    begin_query(reader, QUERY_SITE, NULL, 0, &row, err) < 0)
		return -1;
	while ((ret = aa_row_next(row, &site, err)) > 0)
		callback(context, site.key, site.state);
	return ret;
}

/* 1 with a row that is to be reset, 0 there is none, -1 error. */
static int seen_row(struct aa_reader *reader, int64_t account_id, int64_t mailbox_id,
		    struct aa_rec_seen *seen_r, struct aa_row_stmt **row_r,
		    struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "account_id", NULL, account_id },
		{ "mailbox_id", NULL, mailbox_id }
	};

	if (aa_reader_ready(reader, err) < 0 ||
	    begin_query(reader, QUERY_SEEN, PARAMS(params), row_r, err) < 0)
		return -1;
	return aa_row_next(*row_r, seen_r, err);
}

int aa_reader_seen(struct aa_reader *reader, int64_t account_id, int64_t mailbox_id,
		   struct aa_uidset *uids, char reach_r[AA_REC_REACH_MAX],
		   struct aa_err *err)
{
	struct aa_rec_seen seen;
	struct aa_row_stmt *row;
	int ret;

	*reach_r = '\0';
	ret = seen_row(reader, account_id, mailbox_id, &seen, &row, err);
	if (ret <= 0)
		return ret;
	/* The text lives until the reset. */
	ret = aa_uidset_parse(uids, seen.uids, 0, NULL, err) < 0 ? -1 : 1;
	if (ret > 0)
		aa_text_copy(reach_r, AA_REC_REACH_MAX, seen.reach);
	aa_stmt_reset(aa_row_stmt(row));
	return ret;
}

int aa_reader_strange(struct aa_reader *reader, int64_t account_id, int64_t mailbox_id,
		      struct aa_uidset *uids, struct aa_err *err)
{
	struct aa_rec_seen seen;
	struct aa_row_stmt *row;
	int ret;

	ret = seen_row(reader, account_id, mailbox_id, &seen, &row, err);
	if (ret <= 0)
		return ret;
	ret = aa_uidset_parse(uids, seen.strange, 0, NULL, err) < 0 ? -1 : 1;
	aa_stmt_reset(aa_row_stmt(row));
	return ret;
}

int aa_reader_mailbox(struct aa_reader *reader, const char *guid, uint32_t uidvalidity,
		      struct aa_rec_mailbox *mailbox_r, struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "guid", guid, 0 },
		{ "uidvalidity", NULL, uidvalidity }
	};

	return find_one(reader, QUERY_MAILBOX, PARAMS(params), mailbox_r, err);
}

int aa_reader_session(struct aa_reader *reader, const char *key,
		      struct aa_rec_session *session_r, struct aa_err *err)
{
	const struct aa_param params[] = { { "key", key, 0 } };

	return find_one(reader, QUERY_SESSION, PARAMS(params), session_r, err);
}

int aa_reader_paused_session(struct aa_reader *reader, int64_t account_id,
			     const char *session_id, struct aa_rec_session *session_r,
			     struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "account_id", NULL, account_id },
		{ "session_id", session_id, 0 }
	};

	return find_one(reader, QUERY_PAUSED_SESSION, PARAMS(params), session_r, err);
}

int aa_reader_session_reads(struct aa_reader *reader, int64_t session_id,
			    void (*callback)(void *context, const struct aa_rec_read *),
			    void *context, struct aa_err *err)
{
	const struct aa_param params[] = { { "session_id", NULL, session_id } };

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_read(reader, QUERY_SESSION_READS, PARAMS(params), callback, context, err);
}

int aa_reader_blocks_in_force(struct aa_reader *reader, int64_t now_ms,
			      unsigned int max,
			      void (*callback)(void *context,
					       const struct aa_rec_block *),
			      void *context, struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "now_ms", NULL, now_ms }, { "max", NULL, max }
	};

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_block(reader, QUERY_BLOCKS_IN_FORCE, PARAMS(params), callback,
			  context, err);
}

int aa_reader_homes(struct aa_reader *reader, int64_t since_ms, unsigned int max,
		    void (*callback)(void *context, const struct aa_rec_session *),
		    void *context, struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "since_ms", NULL, since_ms }, { "max", NULL, max }
	};

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_session(reader, QUERY_HOMES, PARAMS(params), callback, context, err);
}

int aa_reader_open_sessions(struct aa_reader *reader,
			    void (*callback)(void *context, const struct aa_rec_session *),
			    void *context, struct aa_err *err)
{
	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_session(reader, QUERY_OPEN_SESSIONS, NULL, 0, callback, context, err);
}

int aa_reader_block(struct aa_reader *reader, int64_t id, struct aa_rec_block *block_r,
		    struct aa_err *err)
{
	const struct aa_param params[] = { { "id", NULL, id } };

	return find_one(reader, QUERY_BLOCK, PARAMS(params), block_r, err);
}

int aa_reader_orders(struct aa_reader *reader, int64_t now_ms,
		     void (*callback)(void *context, const struct aa_rec_order *),
		     void *context, struct aa_err *err)
{
	const struct aa_param params[] = { { "now_ms", NULL, now_ms } };

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_order(reader, QUERY_ORDERS, PARAMS(params), callback, context, err);
}

int aa_reader_notifications(struct aa_reader *reader, int64_t since_ms,
			    void (*callback)(void *context,
					     const struct aa_rec_notification *),
			    void *context, struct aa_err *err)
{
	const struct aa_param params[] = { { "since_ms", NULL, since_ms } };

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_notification(reader, QUERY_NOTIFICATIONS, PARAMS(params), callback,
				 context, err);
}

int aa_reader_campaigns(struct aa_reader *reader,
			void (*callback)(void *context, const struct aa_rec_incident *),
			void *context, struct aa_err *err)
{
	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_incident(reader, QUERY_CAMPAIGNS, NULL, 0, callback, context, err);
}

int aa_reader_incident_accounts(struct aa_reader *reader, int64_t incident_id,
				void (*callback)(void *context,
						 const struct aa_rec_incident_account *),
				void *context, struct aa_err *err)
{
	const struct aa_param params[] = { { "incident_id", NULL, incident_id } };

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_incident_account(reader, QUERY_INCIDENT_ACCOUNTS, PARAMS(params),
				     callback, context, err);
}

int aa_reader_quiet_incidents(struct aa_reader *reader, int64_t until_ms,
			      unsigned int max,
			      void (*callback)(void *context,
					       const struct aa_rec_incident *),
			      void *context, struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "until_ms", NULL, until_ms }, { "max", NULL, max }
	};

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_incident(reader, QUERY_QUIET_INCIDENTS, PARAMS(params), callback,
			     context, err);
}

int aa_reader_former_incident(struct aa_reader *reader, int64_t account_id,
			      const char *network, struct aa_rec_incident *incident_r,
			      struct aa_err *err)
{
	const struct aa_param params[] = {
		{ "account_id", NULL, account_id }, { "network", network, 0 }
	};

	return find_one(reader, QUERY_FORMER_INCIDENT, PARAMS(params), incident_r, err);
}

int aa_reader_canaries(struct aa_reader *reader, unsigned int max,
		       void (*callback)(void *context, const struct aa_rec_canary *),
		       void *context, struct aa_err *err)
{
	const struct aa_param params[] = { { "max", NULL, max } };

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_canary(reader, QUERY_CANARIES, PARAMS(params), callback, context,
			   err);
}

int aa_reader_incident(struct aa_reader *reader, int64_t id,
		       struct aa_rec_incident *incident_r, struct aa_err *err)
{
	const struct aa_param params[] = { { "id", NULL, id } };

	return find_one(reader, QUERY_INCIDENT, PARAMS(params), incident_r, err);
}

int aa_reader_session_by_id(struct aa_reader *reader, int64_t id,
			    struct aa_rec_session *session_r, struct aa_err *err)
{
	const struct aa_param params[] = { { "id", NULL, id } };

	return find_one(reader, QUERY_SESSION_BY_ID, PARAMS(params), session_r, err);
}

int aa_reader_incident_sessions(struct aa_reader *reader, int64_t incident_id,
				void (*callback)(void *context,
						 const struct aa_rec_session *),
				void *context, struct aa_err *err)
{
	const struct aa_param params[] = { { "incident_id", NULL, incident_id } };

	if (aa_reader_ready(reader, err) < 0)
		return -1;
	return each_session(reader, QUERY_INCIDENT_SESSIONS, PARAMS(params), callback,
			    context, err);
}
