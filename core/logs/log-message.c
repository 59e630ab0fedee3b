/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Messages of Dovecot, from the name of the process on. */

#include "log-private.h"
#include "num.h"

#include <stddef.h>

/* --- values by name: "rip=192.0.2.1", "in=46", "user=<anna>" --- */

struct field {
	const char *name;
	bool (*take)(struct aa_log_fact *fact, size_t offset, size_t size,
		     const char *text, size_t len);
	size_t offset, size;
};

static bool take_text(struct aa_log_fact *fact, size_t offset, size_t size,
		      const char *text, size_t len)
{
	log_copy((char *)fact + offset, size, text, len);
	return true;
}

/* A name may be made up to look like all that follows it: what it begins with is
   the name. */
static bool take_name(struct aa_log_fact *fact, size_t offset, size_t size,
		      const char *text, size_t len)
{
	return *((char *)fact + offset) != '\0' ||
		take_text(fact, offset, size, text, len);
}

static bool take_ip(struct aa_log_fact *fact, size_t offset,
		    size_t size __attribute__((unused)), const char *text, size_t len)
{
	char address[AA_IP_TEXT_MAX];
	struct aa_err err;

	if (len >= sizeof(address))
		return false;
	log_copy(address, sizeof(address), text, len);
	return aa_ip_parse((struct aa_ip *)((char *)fact + offset), address, &err) == 0;
}

/* What is beyond the member's size is the largest that fits; in and out of a proxy
   are no more than that, either. */
static bool take_number(struct aa_log_fact *fact, size_t offset, size_t size,
			const char *text, size_t len)
{
	const uint64_t max = size == sizeof(uint16_t) ? UINT16_MAX :
		size == sizeof(uint32_t) ? UINT32_MAX : INT64_MAX;
	char *member = (char *)fact + offset;
	uint64_t value;

	if (aa_num_read(text, max, &value) != text + len)
		return false;
	if (size == sizeof(uint16_t))
		*(uint16_t *)(void *)member = (uint16_t)value;
	else if (size == sizeof(uint32_t))
		*(uint32_t *)(void *)member = (uint32_t)value;
	else
		*(uint64_t *)(void *)member = value;
	return true;
}

/* "12/34567": two members, one behind the other. */
static bool take_pair(struct aa_log_fact *fact, size_t offset,
		      size_t size __attribute__((unused)), const char *text, size_t len)
{
	uint64_t *pair = (uint64_t *)(void *)((char *)fact + offset), first, second;
	const char *p = aa_num_read(text, INT64_MAX, &first);

	if (p == NULL || *p != '/' ||
	    aa_num_read(p + 1, INT64_MAX, &second) != text + len)
		return false;
	pair[0] = first;
	pair[1] = second;
	return true;
}
_Static_assert(offsetof(struct aa_log_fact, bytes_out) ==
	       offsetof(struct aa_log_fact, bytes_in) + sizeof(uint64_t) &&
	       offsetof(struct aa_log_fact, body_bytes) ==
	       offsetof(struct aa_log_fact, bodies) + sizeof(uint64_t), "pairs");

#define MEMBER(member) offsetof(struct aa_log_fact, member), \
	sizeof(((struct aa_log_fact *)NULL)->member)
static const struct field login_fields[] = {
	{ "user", take_name, MEMBER(login.account) },
	{ "master", take_text, MEMBER(login.real_user) },
	{ "master_user", take_text, MEMBER(login.real_user) },
	{ "auth_user", take_text, MEMBER(login.real_user) },
	{ "method", take_text, MEMBER(login.method) },
	{ "mech", take_text, MEMBER(login.method) },
	{ "rip", take_ip, MEMBER(login.remote) },
	{ "remote_ip", take_ip, MEMBER(login.remote) },
	{ "ip", take_ip, MEMBER(login.remote) },
	{ "lip", take_ip, MEMBER(login.local) },
	{ "local_ip", take_ip, MEMBER(login.local) },
	{ "real_rip", take_ip, MEMBER(login.proxy) },
	{ "rport", take_number, MEMBER(login.remote_port) },
	{ "lport", take_number, MEMBER(login.local_port) },
	{ "mpid", take_number, MEMBER(pid) },
	{ "session", take_text, MEMBER(login.session_id) },
};
static const struct field end_fields[] = {
	{ "in", take_number, MEMBER(bytes_in) },
	{ "out", take_number, MEMBER(bytes_out) },
	{ "bytes", take_pair, MEMBER(bytes_in) },	/* ManageSieve */
	{ "body_count", take_number, MEMBER(bodies) },
	{ "body_bytes", take_number, MEMBER(body_bytes) },
	{ "retr", take_pair, MEMBER(bodies) },		/* POP3 */
};

/* Where a value ends, and what of it is the value: "<…>" up to a ">" that a
   separator follows. */
static const char *value_end(const char **value, size_t *len_r)
{
	const char *p = *value;

	if (*p == '<') {
		(*value)++;
		for (p++; *p != '\0'; p++) {
			if (*p == '>' && strchr(" ,)", p[1]) != NULL) {
				*len_r = p - *value;
				return p + 1;
			}
		}
	} else {
		p += strcspn(p, " ,)");
	}
	*len_r = p - *value;
	return p;
}

static void take_field(const struct field *fields, size_t count, const char *name,
		       size_t name_len, const char *value, size_t len,
		       struct aa_log_fact *fact)
{
	for (size_t i = 0; i < count; i++) {
		if (strncmp(fields[i].name, name, name_len) == 0 &&
		    fields[i].name[name_len] == '\0') {
			(void)fields[i].take(fact, fields[i].offset, fields[i].size,
					     value, len);
			break;
		}
	}
}

/* "TLS", "TLS: Connection closed", "TLSv1.3 with cipher …". */
static bool is_tls(const char *word)
{
	const char *rest = log_behind(word, "TLS");

	return rest != NULL && strchr(" ,:(v", *rest) != NULL;
}

/* Of two with one name the later holds: it stands behind all that others can make
   up. */
static void read_fields(const struct field *fields, size_t count, const char *text,
			struct aa_log_fact *fact)
{
	const char *name, *value;
	size_t name_len, len;

	while (*(text += strspn(text, " ,(")) != '\0') {
		name = text;
		name_len = strcspn(name, "= ,");
		text += name_len;
		if (*text == '=') {
			value = text + 1;
			text = value_end(&value, &len);
			take_field(fields, count, name, name_len, value, len, fact);
		} else if (is_tls(name)) {
			fact->login.tls = true;
		}
	}
}

/* --- login processes --- */

struct service {
	const char *process, *service;
};
static const struct service login_processes[] = {
	{ "imap-login: ", "imap" },
	{ "pop3-login: ", "pop3" },
	{ "submission-login: ", "submission" },
	{ "managesieve-login: ", "sieve" },
};
static const struct service mail_processes[] = {
	{ "imap", "imap" },
	{ "imap-hibernate", "imap" },
	{ "pop3", "pop3" },
	{ "submission", "submission" },
	{ "managesieve", "sieve" },
	{ "sieve", "sieve" },
};

/* What a login process says. A login that a proxy passes on is one, too. */
static const struct {
	const char *begins;
	enum aa_log_event event;
} login_says[] = {
	{ "Login: ", AA_LOG_LOGIN },			/* 2.3 */
	{ "Logged in: ", AA_LOG_LOGIN },		/* 2.4 */
	{ "Started proxying to ", AA_LOG_LOGIN },
	{ "started proxying to ", AA_LOG_LOGIN },
	{ "Disconnected by ", AA_LOG_END },		/* of a proxy */
	{ "disconnecting ", AA_LOG_END },
	{ "Disconnected", AA_LOG_FAILED },		/* if it says why */
	{ "Aborted login", AA_LOG_FAILED },
	{ "Login aborted", AA_LOG_FAILED },		/* 2.4 */
};

/* Why: the client had no right to come in. All else (no attempt, no TLS, our own
   failure) is no login that failed. */
static const char *const failures[] = {
	"(auth failed, ", "(authorization failed, ", "(user disabled",
	"(password expired", "(login disabled",
};

static unsigned int failed_attempts(const char *text)
{
	uint64_t count;
	const char *rest = aa_num_read(text, UINT32_MAX, &count);

	return rest != NULL && count > 0 && log_behind(rest, " attempt") != NULL ?
		(unsigned int)count : 1;
}

/* 0: it is none of these. The name that was tried comes behind. */
static unsigned int failure_find(const char *text)
{
	const char *name = strstr(text, "user="), *at;

	for (size_t i = 0; i < N_ELEMENTS(failures); i++) {
		at = strstr(text, failures[i]);
		if (at != NULL && (name == NULL || at < name))
			return failed_attempts(at + strlen(failures[i]));
	}
	return 0;
}

/* "proxy(anna,192.0.2.1:143): " in front: an event's prefix, or nothing. */
static const char *behind_proxy(const char *text)
{
	const char *end = log_behind(text, "proxy(") == NULL ? NULL :
		strstr(text, "): ");

	return end == NULL ? text : end + 3;
}

static enum aa_log_result
login_fact(const char *said, struct aa_log_fact *fact)
{
	read_fields(login_fields, N_ELEMENTS(login_fields), said, fact);
	if (fact->event == AA_LOG_END) {
		fact->reason = AA_END_DISCONNECT;
		read_fields(end_fields, N_ELEMENTS(end_fields), said, fact);
		return *fact->login.account == '\0' ? AA_LOG_UNREAD : AA_LOG_FACT;
	}
	if (!fact->login.remote.set ||
	    (fact->event == AA_LOG_LOGIN && *fact->login.account == '\0'))
		return AA_LOG_UNREAD;
	return AA_LOG_FACT;
}

static enum aa_log_result
login_message(const char *message, const char *service, struct aa_log_fact *fact)
{
	const char *said;

	message = behind_proxy(message);
	for (size_t i = 0; i < N_ELEMENTS(login_says); i++) {
		said = log_behind(message, login_says[i].begins);
		if (said == NULL)
			continue;
		fact->event = login_says[i].event;
		if (fact->event == AA_LOG_FAILED &&
		    (fact->attempts = failure_find(said)) == 0)
			return AA_LOG_OTHER;
		log_copy(fact->login.service, sizeof(fact->login.service), service,
			 strlen(service));
		return login_fact(said, fact);
	}
	return AA_LOG_OTHER;
}

/* --- mail processes --- */

static const char *const end_says[] = {
	"Disconnected", "Logged out", "Connection closed", "Inactivity",
};

static bool says_end(const char *message)
{
	for (size_t i = 0; i < N_ELEMENTS(end_says); i++) {
		if (log_behind(message, end_says[i]) != NULL)
			return true;
	}
	return false;
}

static bool mail_process(char *name)
{
	for (char *p = name; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	for (size_t i = 0; i < N_ELEMENTS(mail_processes); i++) {
		if (strcmp(mail_processes[i].process, name) == 0) {
			(void)aa_text_copy(name, AA_WORD_MAX, mail_processes[i].service);
			return true;
		}
	}
	return false;
}

static enum aa_log_result
mail_message(const char *message, struct aa_log_fact *fact)
{
	const char *reason = log_behind(message, "Disconnected: ");

	if (!mail_process(fact->login.service) || !says_end(message))
		return AA_LOG_OTHER;
	fact->event = AA_LOG_END;
	fact->reason = log_behind(reason == NULL ? message : reason,
				  "Logged out") != NULL ?
		AA_END_LOGOUT : AA_END_DISCONNECT;
	read_fields(end_fields, N_ELEMENTS(end_fields), message, fact);
	/* A prefix of the admin's own may name nobody. */
	return *fact->login.account == '\0' ? AA_LOG_UNREAD : AA_LOG_FACT;
}

/* --- either --- */

/* In files of its own Dovecot names the kind of a message, in syslog it does not
   if it is for information. */
static const char *behind_info(const char *message)
{
	const char *rest = log_behind(message, "Info: ");

	return rest == NULL ? message : rest;
}

/* The end of a session, behind whatever. */
static bool looks_like_end(const char *text)
{
	return strstr(text, ": Disconnected: ") != NULL &&
		(strstr(text, " in=") != NULL || strstr(text, " retr=") != NULL);
}

bool log_looks_ours(const char *text)
{
	return strstr(text, "-login: ") != NULL ?
		strstr(text, ": user=") != NULL : looks_like_end(text);
}

enum aa_log_result
log_mail_message(struct aa_log *log, const char *message, struct aa_log_fact *fact)
{
	const char *rest = NULL;

	if (log->prefix != NULL)
		rest = log_prefix_match(log->prefix, message, fact);
	if (rest == NULL)
		rest = log_prefix_usual(message, fact);
	if (rest != NULL)
		return mail_message(behind_info(rest), fact);
	return looks_like_end(message) ? AA_LOG_UNREAD : AA_LOG_OTHER;
}

enum aa_log_result
log_message(struct aa_log *log, const char *message, struct aa_log_fact *fact)
{
	const char *rest;

	for (size_t i = 0; i < N_ELEMENTS(login_processes); i++) {
		rest = log_behind(message, login_processes[i].process);
		if (rest != NULL) {
			return login_message(behind_info(rest),
					     login_processes[i].service, fact);
		}
	}
	return log_mail_message(log, message, fact);
}
