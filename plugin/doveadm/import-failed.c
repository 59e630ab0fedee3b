/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Logins that failed: added up by day, address and name, as the record has them. */

#include "lib.h"
#include "import-private.h"
#include "timeval.h"

/* Of one day, until they are told. */
#define FAILED_MAX 20000

struct import_failed {
	char *key;
	struct aa_ip ip;
	char name[AA_NAME_MAX];
	uint64_t count;
	int64_t first_ms, last_ms;
	/* On record already: who reads a log again finds all of it in here. */
	int64_t known_first_ms, known_last_ms;
};

void import_failed_init(struct import_record *record)
{
	hash_table_create(&record->failed, default_pool, 0, str_hash, strcmp);
}

static void failed_forget(struct import_record *record)
{
	struct hash_iterate_context *iter;
	struct import_failed *failed;
	const char *key;

	iter = hash_table_iterate_init(record->failed);
	while (hash_table_iterate(iter, record->failed, &key, &failed)) {
		i_free(failed->key);
		i_free(failed);
	}
	hash_table_iterate_deinit(&iter);
	hash_table_clear(record->failed, FALSE);
}

void import_failed_deinit(struct import_record *record)
{
	failed_forget(record);
	hash_table_destroy(&record->failed);
}

static bool failed_say(struct import_record *record, const struct import_failed *failed)
{
	struct aa_msg msg = {
		.cmd = AA_CMD_FAILED,
		.hits = failed->count,
		.at_ms = failed->first_ms,
		.until_ms = failed->last_ms,
	};

	if (failed->count == 0)
		return TRUE;
	msg.login.remote = failed->ip;
	i_strocpy(msg.account, failed->name, sizeof(msg.account));
	return import_say(record, &msg);
}

bool import_failed_flush(struct import_record *record)
{
	struct hash_iterate_context *iter;
	struct import_failed *failed;
	const char *key;
	bool ok = TRUE;

	iter = hash_table_iterate_init(record->failed);
	while (ok && hash_table_iterate(iter, record->failed, &key, &failed))
		ok = failed_say(record, failed);
	hash_table_iterate_deinit(&iter);
	failed_forget(record);
	return ok;
}

static bool failed_lookup(struct import_record *record, struct import_failed *failed)
{
	struct audit_params params = { .count = 0 };
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(&failed->ip, ip);
	audit_param_number(&params, "day", record->failed_day);
	audit_param_text(&params, "ip", ip);
	audit_param_text(&params, "name", failed->name);
	if (!import_query(record, "import-failed", &params))
		return FALSE;
	if (record->rows > 0) {
		failed->known_first_ms = record->row_numbers[0];
		failed->known_last_ms = record->row_numbers[1];
	}
	return TRUE;
}

static struct import_failed *
failed_get(struct import_record *record, const struct aa_login *login)
{
	struct import_failed *failed;
	char ip[AA_IP_TEXT_MAX];
	const char *key;

	aa_ip_format(&login->remote, ip);
	key = t_strdup_printf("%s %s", ip, login->account);
	failed = hash_table_lookup(record->failed, key);
	if (failed != NULL)
		return failed;
	failed = i_new(struct import_failed, 1);
	key = failed->key = i_strdup(key);
	failed->ip = login->remote;
	i_strocpy(failed->name, login->account, sizeof(failed->name));
	hash_table_insert(record->failed, key, failed);
	return failed_lookup(record, failed) ? failed : NULL;
}

bool import_failed(struct import_record *record, const struct aa_log_fact *fact)
{
	const int64_t at_ms = fact->login.at_ms;
	struct import_failed *failed;
	int day = aa_day_of(at_ms);

	if ((day != record->failed_day ||
	     hash_table_count(record->failed) >= FAILED_MAX) &&
	    !import_failed_flush(record))
		return FALSE;
	record->failed_day = day;
	failed = failed_get(record, &fact->login);
	if (failed == NULL)
		return FALSE;
	if (at_ms >= failed->known_first_ms && at_ms <= failed->known_last_ms)
		return TRUE;
	failed->first_ms = failed->count == 0 ? at_ms : I_MIN(failed->first_ms, at_ms);
	failed->last_ms = I_MAX(failed->last_ms, at_ms);
	failed->count += fact->attempts;
	return TRUE;
}
