/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "hash.h"
#include "llist.h"
#include "doveadm-audit.h"
#include "import-private.h"
#include "timeval.h"

/* Sessions without an end so far; of more the oldest is given up. */
#define OPEN_MAX 65536
/* … that the service is told of, less than it takes of one connection. Of more the
   oldest is called lost, and announced again when its end comes. */
#define ANNOUNCED_MAX 3000
/* Answers that are waited for at a time: they fit into the service's buffer. */
#define WINDOW 1000
/* The disk may be busy. */
#define WAIT_SECS 120
/* A session that its mail process tells of is on the disk by then. */
#define FRESH_MS (2 * AA_SECOND_MS)

enum state {
	ANNOUNCED,			/* the service knows it on this connection */
	AWAY,				/* it is on record, without an end */
	RECORDED			/* … with all there is to know */
};

struct import_session {
	struct import_session *prev, *next;	/* by age */
	struct import_session *announced_prev, *announced_next;
	struct aa_login login;
	char *pid;			/* of the mail process, see session_pid() */
	enum state state;
};

/* --- the service --- */

bool import_fails(struct import_record *record, enum audit_exit exit_code,
		  const char *error)
{
	if (record->exit_code == AUDIT_EX_OK) {
		record->exit_code = audit_fail(record->audit, exit_code, "%s. What was "
			"imported stays; the same command goes on", error);
	}
	return FALSE;
}

/* An END of the session is told. */
static void acks_expect(struct import_record *record, const char *key)
{
	char *expected;
	void *count;

	if (hash_table_lookup_full(record->acks, key, &expected, &count)) {
		hash_table_update(record->acks, expected, POINTER_CAST(
				  POINTER_CAST_TO(count, unsigned int) + 1));
	} else {
		expected = i_strdup(key);
		hash_table_insert(record->acks, expected, POINTER_CAST(1));
	}
}

/* How many of them are answered. */
static unsigned int acks_heard(struct import_record *record, const char *key)
{
	char *expected;
	void *count;

	if (!hash_table_lookup_full(record->acks, key, &expected, &count))
		return 0;
	hash_table_remove(record->acks, key);
	i_free(expected);
	return POINTER_CAST_TO(count, unsigned int);
}

static void acks_free(struct import_record *record)
{
	struct hash_iterate_context *iter;
	char *expected;
	void *count;

	iter = hash_table_iterate_init(record->acks);
	while (hash_table_iterate(iter, record->acks, &expected, &count))
		i_free(expected);
	hash_table_iterate_deinit(&iter);
	hash_table_destroy(&record->acks);
}

static bool record_answer(struct import_record *record, const struct aa_msg *answer)
{
	if (answer->cmd == AA_CMD_ACK)
		record->waiting -= acks_heard(record, answer->key);
	else if (answer->cmd == AA_CMD_VERDICT || answer->cmd == AA_CMD_RESULT)
		record->waiting--;
	if (answer->cmd == AA_CMD_RESULT && !answer->ok) {
		return import_fails(record, AUDIT_EX_TEMPFAIL,
				    audit_escape(answer->text));
	}
	return TRUE;
}

static bool record_wait(struct import_record *record, unsigned int waiting)
{
	struct aa_msg answer;
	const char *error;

	while (record->waiting > waiting) {
		if (audit_admin_hear(record->admin, &answer, &error) < 0)
			return import_fails(record, AUDIT_EX_DOWN, error);
		if (!record_answer(record, &answer))
			return FALSE;
	}
	return TRUE;
}

bool import_say(struct import_record *record, const struct aa_msg *msg)
{
	audit_admin_say(record->admin, msg);
	record->waiting++;
	return record->waiting < WINDOW || record_wait(record, WINDOW / 2);
}

static bool say_login(struct import_record *record, struct import_session *session)
{
	struct aa_msg msg = { .cmd = AA_CMD_LOGIN, .origin = AA_ORIGIN_LOG };

	msg.login = session->login;
	memcpy(msg.key, session->login.key, sizeof(msg.key));
	session->state = ANNOUNCED;
	record->announced_count++;
	DLLIST2_APPEND_FULL(&record->announced, &record->announced_last, session,
			    announced_prev, announced_next);
	return import_say(record, &msg);
}

/* fact: its end, or NULL: none is known. */
static bool say_end(struct import_record *record, struct import_session *session,
		    const struct aa_log_fact *fact)
{
	struct aa_msg msg = { .cmd = AA_CMD_END, .seq = 1, .reason = AA_END_LOST,
			      .at_ms = session->login.at_ms };

	memcpy(msg.key, session->login.key, sizeof(msg.key));
	if (fact != NULL) {
		msg.reason = fact->reason;
		msg.at_ms = I_MAX(fact->login.at_ms, msg.at_ms);
		msg.bytes_in = fact->bytes_in;
		msg.bytes_out = fact->bytes_out;
		msg.bodies = fact->bodies;
		msg.body_bytes = fact->body_bytes;
	}
	acks_expect(record, msg.key);
	session->state = AWAY;
	record->announced_count--;
	DLLIST2_REMOVE_FULL(&record->announced, &record->announced_last, session,
			    announced_prev, announced_next);
	return import_say(record, &msg);
}

/* --- sessions without an end --- */

static const char *session_pid(const struct aa_log_fact *fact)
{
	return t_strdup_printf("%u %s %s", fact->pid, fact->login.service,
			       fact->login.account);
}

static void session_drop(struct import_record *record, struct import_session *session)
{
	const char *id = session->login.session_id, *pid = session->pid;

	i_assert(session->state != ANNOUNCED);
	if (*id != '\0' && hash_table_lookup(record->by_id, id) == session)
		hash_table_remove(record->by_id, id);
	if (pid != NULL && hash_table_lookup(record->by_pid, pid) == session)
		hash_table_remove(record->by_pid, pid);
	DLLIST2_REMOVE(&record->oldest, &record->newest, session);
	record->open--;
	i_free(session->pid);
	i_free(session);
}

/* It has no end that we know. */
static bool session_give_up(struct import_record *record,
			    struct import_session *session)
{
	bool ok = session->state != ANNOUNCED || say_end(record, session, NULL);

	session_drop(record, session);
	return ok;
}

static void session_put(struct import_record *record, struct import_session *session)
{
	const char *id = session->login.session_id, *pid = session->pid;

	if (*id != '\0')
		hash_table_update(record->by_id, id, session);
	if (pid != NULL)
		hash_table_update(record->by_pid, pid, session);
	DLLIST2_APPEND(&record->oldest, &record->newest, session);
	record->open++;
}

static struct import_session *
session_find(struct import_record *record, const struct aa_log_fact *fact)
{
	const char *id = fact->login.session_id, *pid;
	struct import_session *session = NULL;

	if (*id != '\0') {
		session = hash_table_lookup(record->by_id, id);
	} else if (fact->pid != 0) {
		pid = session_pid(fact);
		session = hash_table_lookup(record->by_pid, pid);
	}
	return session != NULL &&
		strcmp(session->login.account, fact->login.account) == 0 ?
		session : NULL;
}

/* --- logins --- */

/* Live mail processes are the only ones that the record should know. */
static bool login_should_be_recorded(struct import_record *record,
				     const struct aa_login *login)
{
	struct audit_params params = { .count = 0 };

	if (login->at_ms < record->began_ms ||
	    (strcmp(login->service, "imap") != 0 && strcmp(login->service, "pop3") != 0))
		return FALSE;
	audit_param_number(&params, "at", login->at_ms);
	record->rows = 0;
	return import_query(record, "import-gap", &params) && record->rows == 0;
}

/* The log of another form, of another second: the same session. */
static bool login_is_the_same(const struct import_session *session,
			      const struct aa_login *login)
{
	return session != NULL && *login->session_id != '\0' &&
		session->login.at_ms + AA_HOUR_MS > login->at_ms;
}

/* Whoever came just now may be on the way to the disk. */
static bool login_is_fresh(const struct import_record *record,
			   const struct aa_login *login)
{
	return login->at_ms > record->audit->now_ms - FRESH_MS;
}

/* It waits for its end from now on; the service is told if it is news. */
static bool login_open(struct import_record *record, const struct aa_login *login,
		       const struct aa_log_fact *fact, enum import_known known)
{
	struct import_session *session = i_new(struct import_session, 1);

	session->login = *login;
	session->pid = fact->pid == 0 ? NULL : i_strdup(session_pid(fact));
	session->state = known == IMPORT_UNFINISHED ? AWAY : RECORDED;
	session_put(record, session);
	if (record->open > OPEN_MAX && !session_give_up(record, record->oldest))
		return FALSE;
	if (known != IMPORT_NEW || record->admin == NULL)
		return TRUE;
	if (record->announced_count >= ANNOUNCED_MAX &&
	    !say_end(record, record->announced, NULL))
		return FALSE;
	return say_login(record, session);
}

static bool record_login(struct import_record *record, struct import_file *file)
{
	const struct aa_log_fact *fact = &file->fact;
	struct import_session *session = session_find(record, fact);
	enum import_known known;
	struct aa_login login;

	if (login_is_the_same(session, &fact->login)) {
		file->recorded++;
		return TRUE;
	}
	if (login_is_fresh(record, &fact->login))
		return TRUE;
	if (session != NULL && !session_give_up(record, session))
		return FALSE;
	import_login(&login, fact);
	if (!import_lookup(record, &login, &known))
		return FALSE;
	if (known != IMPORT_NEW)
		file->recorded++;
	else if (login_should_be_recorded(record, &login))
		file->missing++;
	return login_open(record, &login, fact, known);
}

static bool record_end(struct import_record *record, const struct import_file *file)
{
	struct import_session *session = session_find(record, &file->fact);
	bool ok = TRUE;

	if (session == NULL)
		return TRUE;
	if (session->state == AWAY && record->admin != NULL)
		ok = say_login(record, session);
	if (ok && session->state == ANNOUNCED)
		ok = say_end(record, session, &file->fact);
	if (session->state != ANNOUNCED)
		session_drop(record, session);
	return ok;
}

bool import_record_fact(struct import_record *record, struct import_file *file)
{
	switch (file->fact.event) {
	case AA_LOG_LOGIN:
		return record_login(record, file);
	case AA_LOG_END:
		return record_end(record, file);
	case AA_LOG_FAILED:
		return record->admin == NULL || import_failed(record, &file->fact);
	}
	i_unreached();
}

/* --- begin and end --- */

static int record_connect(struct import_record *record)
{
	struct aa_msg hello;
	const char *error;

	if (audit_admin_open(WAIT_SECS, &record->admin, &error) < 0 ||
	    audit_admin_hear(record->admin, &hello, &error) < 0)
		return audit_fail(record->audit, AUDIT_EX_DOWN, "%s", error);
	if (hello.mode == AA_MODE_OFF) {
		return audit_fail(record->audit, AUDIT_EX_CONFIG, "Nothing is recorded "
				  "while access_audit_mode is off");
	}
	return AUDIT_EX_OK;
}

int import_record_init(struct audit *audit, bool witness,
		       struct import_record **record_r)
{
	struct import_record *record = i_new(struct import_record, 1);
	struct audit_params params = { .count = 0 };
	int ret = AUDIT_EX_OK;

	*record_r = record;
	record->audit = audit;
	hash_table_create(&record->by_id, default_pool, 0, str_hash, strcmp);
	hash_table_create(&record->by_pid, default_pool, 0, str_hash, strcmp);
	hash_table_create(&record->acks, default_pool, 0, str_hash, strcmp);
	import_failed_init(record);
	/* The service makes the database when there is none. */
	if (!witness)
		ret = record_connect(record);
	if (ret == AUDIT_EX_OK)
		ret = audit_open(audit);
	if (ret == AUDIT_EX_OK && import_query(record, "complete", &params))
		record->began_ms = record->row_numbers[0];
	if (record->exit_code == AUDIT_EX_OK)
		record->exit_code = ret;
	return record->exit_code;
}

int import_record_deinit(struct import_record **_record)
{
	struct import_record *record = *_record;
	int ret;

	*_record = NULL;
	if (record->exit_code == AUDIT_EX_OK)
		(void)import_failed_flush(record);
	while (record->exit_code == AUDIT_EX_OK && record->announced != NULL)
		(void)say_end(record, record->announced, NULL);
	if (record->exit_code == AUDIT_EX_OK)
		(void)record_wait(record, 0);
	while (record->oldest != NULL) {
		record->oldest->state = RECORDED;
		session_drop(record, record->oldest);
	}
	import_failed_deinit(record);
	acks_free(record);
	hash_table_destroy(&record->by_id);
	hash_table_destroy(&record->by_pid);
	audit_admin_close(&record->admin);
	ret = record->exit_code;
	i_free(record);
	return ret;
}
