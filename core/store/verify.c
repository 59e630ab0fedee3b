/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "verify-private.h"
#include "mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char *const kind_names[AA_VERIFY_KIND_COUNT] = {
	[AA_VERIFY_CHANGED] = "changed",
	[AA_VERIFY_REMOVED] = "removed",
	[AA_VERIFY_INSERTED] = "inserted",
	[AA_VERIFY_MOVED] = "moved",
	[AA_VERIFY_LINK] = "link",
	[AA_VERIFY_ANCHOR] = "anchor",
	[AA_VERIFY_CUT] = "cut",
	[AA_VERIFY_UNREADABLE] = "unreadable",
	[AA_VERIFY_SCHEMA] = "schema"
};

/* What is said of a row. */
static const char *const row_texts[AA_VERIFY_KIND_COUNT] = {
	[AA_VERIFY_CHANGED] = "the row is not as it was written",
	[AA_VERIFY_REMOVED] = "the row was removed",
	[AA_VERIFY_INSERTED] = "the row is not of the service",
	[AA_VERIFY_MOVED] = "the row stands under another key"
};

const char *aa_verify_kind_name(enum aa_verify_kind kind)
{
	return kind_names[kind];
}

const char *aa_verify_sql(const char *name)
{
	return aa_sql_find(aa_sql_statements, name);
}

int aa_verify_number(struct aa_verify *verify, const char *name, int64_t unknown,
		     int64_t *value_r, struct aa_err *err)
{
	if (aa_db_number(verify->db, aa_verify_sql(name), value_r, err) == 0)
		return 0;
	*value_r = unknown;
	return err->code == AA_ERR_CORRUPT ? 0 : -1;
}

struct verify_bad *aa_verify_bad(struct aa_verify *verify, enum aa_verify_kind kind,
				 enum aa_chain_table table)
{
	struct verify_bad *bad;

	verify->result->counts[kind]++;
	verify->result->findings++;
	if (verify->bad_count == AA_VERIFY_FINDINGS_MAX)
		return NULL;
	bad = &verify->bad[verify->bad_count++];
	memset(bad, 0, sizeof(*bad));
	bad->kind = kind;
	bad->table = table;
	return bad;
}

void aa_verify_tell(struct aa_verify *verify, enum aa_verify_kind kind, int64_t link,
		    const char *place, const char *fmt, ...)
{
	struct verify_bad *bad = aa_verify_bad(verify, kind, AA_CHAIN_TABLE_COUNT);
	va_list args;

	if (bad == NULL)
		return;
	bad->link = link;
	(void)aa_text_copy(bad->place, sizeof(bad->place), place);
	va_start(args, fmt);
	(void)vsnprintf(bad->text, sizeof(bad->text), fmt, args);
	va_end(args);
}

/* A row under the key of A that is what was written under the key of B: not the one
   changed and the other gone, but moved. */
static bool is_moved(struct aa_verify *verify, const struct verify_bad *row,
		     const struct verify_bad *claim)
{
	uint8_t digest[AA_CHAIN_DIGEST_SIZE];

	if (row == claim || row->table != claim->table || !claim->claimed ||
	    row->form.size == 0)
		return false;
	if (!aa_chain_row_under(&aa_chain_tables[row->table], &row->form, claim->key.data,
				claim->key.size, &verify->form))
		return false;
	aa_chain_digest(verify->hash, &verify->form, digest);
	return memcmp(digest, claim->digest, sizeof(digest)) == 0;
}

static void tell_moved(struct aa_verify *verify, struct verify_bad *row,
		       struct verify_bad *claim)
{
	struct aa_verify_result *result = verify->result;
	struct aa_buf buf;

	result->counts[row->kind]--;
	result->counts[AA_VERIFY_MOVED]++;
	row->kind = AA_VERIFY_MOVED;
	row->link = claim->link;
	aa_buf_init(&buf, row->text, sizeof(row->text));
	aa_buf_put(&buf, "the row was written under the key ");
	aa_chain_key_text(&aa_chain_tables[row->table], claim->key.data, claim->key.size, &buf);
	if (claim->kind == AA_VERIFY_REMOVED) {
		claim->moved_away = true;
		result->counts[AA_VERIFY_REMOVED]--;
		result->findings--;
	}
}

static void find_moved(struct aa_verify *verify)
{
	for (unsigned int i = 0; i < verify->bad_count; i++) {
		for (unsigned int j = 0; j < verify->bad_count; j++) {
			if (!is_moved(verify, &verify->bad[i], &verify->bad[j]))
				continue;
			tell_moved(verify, &verify->bad[i], &verify->bad[j]);
			break;
		}
	}
}

/* Whom a row concerns, by the first column of its key. */
static const char *const about_sql[AA_CHAIN_TABLE_COUNT] = {
	[AA_CHAIN_ACCOUNT] = "verify_account",
	[AA_CHAIN_SESSION] = "verify_session",
	[AA_CHAIN_MAILBOX] = "verify_mailbox",
	[AA_CHAIN_READ] = "verify_session",
	[AA_CHAIN_SEARCH] = "verify_session",
	[AA_CHAIN_MESSAGE] = "verify_mailbox",
	[AA_CHAIN_VERDICT] = "verify_verdict",
	[AA_CHAIN_INCIDENT] = "verify_incident",
	[AA_CHAIN_INCIDENT_ACCOUNT] = "verify_incident",
	[AA_CHAIN_BLOCK] = "verify_block",
	[AA_CHAIN_ORDER] = "verify_order",
	[AA_CHAIN_CANARY] = "verify_canary",
	[AA_CHAIN_GAP] = "verify_gap"
};

/* What can be learned of it; a damaged file may say nothing. */
static void find_texts(struct aa_verify *verify, const char *sql, int64_t number,
		       char *first_r, char *second_r, size_t cap)
{
	struct aa_stmt *stmt = NULL;
	struct aa_err err;

	*first_r = *second_r = '\0';
	if (sql == NULL || aa_stmt_new(verify->db, aa_verify_sql(sql), &stmt, &err) < 0)
		return;
	aa_stmt_bind_int(stmt, 0, number);
	if (aa_stmt_step(stmt, &err) > 0) {
		(void)aa_text_copy(first_r, cap, aa_stmt_text(stmt, 0));
		(void)aa_text_copy(second_r, cap, aa_stmt_text(stmt, 1));
	}
	aa_stmt_free(&stmt);
}

static int64_t time_of_link(struct aa_verify *verify, int64_t link)
{
	char text[32], none[32];

	find_texts(verify, "verify_link", link, text, none, sizeof(text));
	return strtoll(text, NULL, 10);
}

struct told {
	char key[512], account[AA_NAME_MAX], session[AA_NAME_MAX];
	int64_t link_ms;
};

static void learn(struct aa_verify *verify, const struct verify_bad *bad, struct told *told_r)
{
	struct aa_buf buf;

	memset(told_r, 0, sizeof(*told_r));
	aa_buf_init(&buf, told_r->key, sizeof(told_r->key));
	told_r->link_ms = bad->link == 0 ? 0 : time_of_link(verify, bad->link);
	if (bad->table == AA_CHAIN_TABLE_COUNT) {
		aa_buf_put(&buf, bad->place);
		return;
	}
	aa_chain_key_text(&aa_chain_tables[bad->table], bad->key.data, bad->key.size, &buf);
	find_texts(verify, about_sql[bad->table],
		   aa_chain_key_first(bad->key.data, bad->key.size), told_r->account,
		   told_r->session, sizeof(told_r->account));
}

static void tell(struct aa_verify *verify, const struct verify_bad *bad,
		 const struct told *told)
{
	const struct aa_verify_finding finding = {
		.kind = bad->kind,
		.table = bad->table < AA_CHAIN_TABLE_COUNT ? aa_chain_tables[bad->table].name :
			bad->kind >= AA_VERIFY_UNREADABLE ? "" : "chain",
		.key = told->key, .account = told->account, .session = told->session,
		.link = bad->link, .link_ms = told->link_ms,
		.text = *bad->text != '\0' ? bad->text : row_texts[bad->kind]
	};

	verify->params->found(verify->params->context, &finding);
}

/* Learns what is known of all that was found, ends the transaction, and tells. */
static void tell_all(struct aa_verify *verify)
{
	struct told *told = aa_realloc(NULL, sizeof(*told) * (verify->bad_count + 1));

	find_moved(verify);
	for (unsigned int i = 0; i < verify->bad_count; i++)
		learn(verify, &verify->bad[i], &told[i]);
	/* A COMMIT would repeat the error of a damaged page. */
	(void)aa_db_run(verify->db, aa_verify_sql("rollback"), NULL);
	for (unsigned int i = 0; i < verify->bad_count; i++) {
		if (!verify->bad[i].moved_away)
			tell(verify, &verify->bad[i], &told[i]);
	}
	free(told);
}

static void verify_init(struct aa_verify *verify, struct aa_db *db,
			const struct aa_verify_params *params,
			struct aa_verify_result *result)
{
	memset(verify, 0, sizeof(*verify));
	memset(result, 0, sizeof(*result));
	verify->db = db;
	verify->params = params;
	verify->result = result;
	verify->hash = aa_sha256_new();
	verify->bad = aa_realloc(NULL, AA_VERIFY_FINDINGS_MAX * sizeof(*verify->bad));
	while (getrandom(&verify->seed, sizeof(verify->seed), 0) != sizeof(verify->seed))
		;
}

static void verify_deinit(struct aa_verify *verify)
{
	for (unsigned int i = 0; i < verify->bad_count; i++) {
		aa_bytes_free(&verify->bad[i].key);
		aa_bytes_free(&verify->bad[i].form);
	}
	free(verify->bad);
	free(verify->claims);
	aa_bytes_free(&verify->form);
	aa_bytes_free(&verify->key);
	aa_sha256_free(&verify->hash);
}

int aa_verify(struct aa_db *db, const struct aa_verify_params *params,
	      struct aa_verify_result *result_r, struct aa_err *err)
{
	struct aa_verify verify;
	int ret;

	verify_init(&verify, db, params, result_r);
	ret = aa_db_run(db, aa_verify_sql("begin_read"), err);
	if (ret == 0) {
		ret = aa_verify_links(&verify, err);
		if (ret == 0)
			ret = aa_verify_anchors(&verify, err);
		if (ret == 0)
			ret = aa_verify_rows(&verify, err);
		if (ret == 0)
			ret = aa_verify_schema(&verify, err);
		if (ret == 0)
			ret = aa_verify_indexes(&verify, err);
		if (ret == 0)
			tell_all(&verify);
		else
			(void)aa_db_run(db, aa_verify_sql("rollback"), NULL);
	}
	verify_deinit(&verify);
	return ret;
}
