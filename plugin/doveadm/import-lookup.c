/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What the record knows of what a log tells. */

#include "lib.h"
#include "hex-binary.h"
#include "sha2.h"
#include "str.h"
#include "strnum.h"
#include "import-private.h"
#include "timeval.h"

/* Columns of import-known.sql. */
static void lookup_session(struct import_record *record, const char *const *values)
{
	if (strcmp(values[0], aa_origin_name(AA_ORIGIN_LOG)) == 0 &&
	    strcmp(values[1], aa_end_reason_name(AA_END_LOST)) == 0)
		record->row_unfinished = TRUE;
	else
		record->row_complete = TRUE;
}

static bool lookup_row(void *context, unsigned int columns, const char *const *names,
		       const char *const *values)
{
	struct import_record *record = context;

	record->rows++;
	if (strcmp(names[0], "origin") == 0) {
		lookup_session(record, values);
		return true;
	}
	for (unsigned int i = 0; i < columns && i < IMPORT_ROW_NUMBERS; i++) {
		if (str_to_int64(values[i], &record->row_numbers[i]) < 0)
			record->row_numbers[i] = INT64_MAX;
	}
	return true;
}

bool import_query(struct import_record *record, const char *statement,
		  const struct audit_params *params)
{
	struct aa_err err;

	record->rows = 0;
	record->row_unfinished = record->row_complete = FALSE;
	if (aa_reader_query(record->audit->reader, statement, params->list,
			    params->count, lookup_row, record, &err) == 0)
		return TRUE;
	return import_fails(record, AUDIT_EX_TEMPFAIL, err.text);
}

/* The same login, read again, has the same key: by Dovecot's session id, or, where
   the log has none, by process and port. */
static void login_key(struct aa_login *login, uint32_t pid)
{
	unsigned char digest[SHA256_RESULTLEN];
	char ip[AA_IP_TEXT_MAX];
	string_t *text = t_str_new(256);

	aa_ip_format(&login->remote, ip);
	str_printfa(text, "log\n%s\n%s\n%s\n%s\n%lld", login->account, login->service,
		    ip, login->session_id, (long long)(login->at_ms / AA_SECOND_MS));
	if (*login->session_id == '\0')
		str_printfa(text, "\n%u\n%u", pid, login->remote_port);
	sha256_get_digest(str_data(text), str_len(text), digest);
	str_truncate(text, 0);
	binary_to_hex_append(text, digest, sizeof(login->key) / 2);
	memcpy(login->key, str_c(text), sizeof(login->key));
}

void import_login(struct aa_login *login_r, const struct aa_log_fact *fact)
{
	*login_r = fact->login;
	if (*login_r->real_user == '\0')
		i_strocpy(login_r->real_user, login_r->account, sizeof(login_r->real_user));
	/* nobody forwarded it */
	if (aa_ip_equal(&login_r->proxy, &login_r->remote))
		i_zero(&login_r->proxy);
	login_key(login_r, fact->pid);
}

bool import_lookup(struct import_record *record, const struct aa_login *login,
		   enum import_known *known_r)
{
	struct audit_params params = { .count = 0 };
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(&login->remote, ip);
	audit_param_text(&params, "key", login->key);
	audit_param_text(&params, "session", login->session_id);
	audit_param_text(&params, "account", login->account);
	audit_param_text(&params, "service", login->service);
	audit_param_text(&params, "ip", ip);
	audit_param_number(&params, "at", login->at_ms);
	if (!import_query(record, "import-known", &params))
		return FALSE;
	*known_r = record->row_complete ? IMPORT_COMPLETE :
		record->row_unfinished ? IMPORT_UNFINISHED : IMPORT_NEW;
	return TRUE;
}
