/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "hex-binary.h"
#include "message-date.h"
#include "message-header-encode.h"
#include "randgen.h"
#include "strescape.h"
#include "unichar.h"
#include "escape.h"
#include "canary-text.h"

/* --- words --- */

static const char *const syllables[] = {
	"ba", "bel", "cor", "da", "del", "fa", "gal", "ho", "ka", "kor", "la", "lin",
	"ma", "mer", "mo", "nar", "no", "or", "pa", "per", "ra", "ros", "sa", "sol",
	"ta", "tem", "to", "va", "ver", "vi", "wal", "zen"
};
static const char *const hosts[] = {
	"access", "backup", "files", "gate", "intranet", "portal", "remote", "vault", "vpn"
};
static const char *const senders[] = {
	"admin", "helpdesk", "it", "noreply", "operations", "service", "support", "systems"
};
static const char *const zones[] = { "example", "invalid" };

#define PICK(list) list[i_rand_limit(N_ELEMENTS(list))]

static const char *invent_name(unsigned int count)
{
	string_t *name = t_str_new(16);

	while (count-- > 0)
		str_append(name, PICK(syllables));
	return str_c(name);
}

static const char *invent_token(void)
{
	unsigned char bytes[10];

	random_fill(bytes, sizeof(bytes));
	return binary_to_hex(bytes, sizeof(bytes));
}

void canary_words_invent(struct canary_words *words_r, const char *account)
{
	const char *name = invent_name(2);

	words_r->domain = t_strconcat(invent_name(3), ".", PICK(zones), NULL);
	words_r->host = t_strconcat(PICK(hosts), ".", words_r->domain, NULL);
	words_r->sender = PICK(senders);
	words_r->user = t_strdup_printf("%s%02u", name, i_rand_limit(100));
	words_r->password = t_strdup_printf("%s-%s%u", t_str_ucase(invent_name(1)),
					    invent_name(2), i_rand_limit(9000) + 1000);
	words_r->token = invent_token();
	words_r->account = account;
}

/* --- the template --- */

static const char *word_of(const struct canary_words *words, const char *name)
{
	const struct {
		const char *name, *value;
	} table[] = {
		{ "host", words->host }, { "domain", words->domain },
		{ "sender", words->sender }, { "user", words->user },
		{ "password", words->password }, { "token", words->token },
		{ "account", words->account },
	};

	for (unsigned int i = 0; i < N_ELEMENTS(table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return table[i].value;
	}
	return NULL;
}

static int fill_in(string_t *dest, const char *text,
		   const struct canary_words *words, const char **error_r)
{
	const char *open, *close, *value;
	char shown[AA_SHOWN_MAX];

	while ((open = strchr(text, '{')) != NULL) {
		close = strchr(open, '}');
		if (close == NULL) {
			*error_r = "there is a { without }";
			return -1;
		}
		value = word_of(words, t_strdup_until(open + 1, close));
		if (value == NULL) {
			*error_r = t_strdup_printf("%s is none of {host}, {domain}, "
				"{sender}, {user}, {password}, {token}, {account}",
				aa_shown(t_strdup_until(open, close + 1), shown));
			return -1;
		}
		str_append_data(dest, text, open - text);
		str_append(dest, value);
		text = close + 1;
	}
	str_append(dest, text);
	return 0;
}

/* Those that are made here, or would make the body unreadable. */
static const char *const own_headers[] = {
	"To", "Date", "Message-ID", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding"
};

static bool header_is_own(const char *name)
{
	for (unsigned int i = 0; i < N_ELEMENTS(own_headers); i++) {
		if (strcasecmp(own_headers[i], name) == 0)
			return TRUE;
	}
	return FALSE;
}

static bool header_name_is_valid(const char *name)
{
	if (*name == '\0')
		return FALSE;
	for (; *name != '\0'; name++) {
		if (*name <= ' ' || (unsigned char)*name >= 127)
			return FALSE;
	}
	return TRUE;
}

struct headers {
	string_t *dest;
	const char *subject;
	bool has_from;
};

static int header_add(struct headers *headers, const char *line,
		      const char **error_r)
{
	const char *colon = strchr(line, ':'), *name, *value;
	char shown[AA_SHOWN_MAX];

	name = colon == NULL ? "" : t_strdup_until(line, colon);
	if (!header_name_is_valid(name)) {
		*error_r = t_strdup_printf("'%s' is no header: the template begins "
			"with Subject: and From:, then comes an empty line",
			aa_shown(line, shown));
		return -1;
	}
	if (header_is_own(name)) {
		*error_r = t_strdup_printf("%s: is made by the command: leave it out",
					   name);
		return -1;
	}
	value = colon + 1 + strspn(colon + 1, " \t");
	if (strcasecmp(name, "Subject") == 0)
		headers->subject = value;
	if (strcasecmp(name, "From") == 0)
		headers->has_from = TRUE;
	str_printfa(headers->dest, "%s: ", name);
	message_header_encode(value, headers->dest);
	str_append(headers->dest, "\r\n");
	return 0;
}

static int headers_add(struct headers *headers, const char *text,
		       const char **error_r)
{
	const char *const *line = t_strsplit(text, "\n");

	for (; *line != NULL; line++) {
		if (header_add(headers, *line, error_r) < 0)
			return -1;
	}
	if (headers->subject == NULL || *headers->subject == '\0' ||
	    !headers->has_from) {
		*error_r = "it needs the headers Subject and From";
		return -1;
	}
	if (strlen(headers->subject) > CANARY_SUBJECT_MAX) {
		*error_r = t_strdup_printf("the subject is longer than %d bytes",
					   CANARY_SUBJECT_MAX);
		return -1;
	}
	return 0;
}

static void body_add(string_t *dest, const char *body)
{
	for (; *body != '\0'; body++) {
		if (*body == '\n')
			str_append_c(dest, '\r');
		str_append_c(dest, *body);
	}
}

static const char *without_returns(const char *text)
{
	string_t *dest = t_str_new(strlen(text) + 1);

	for (; *text != '\0'; text++) {
		if (*text != '\r')
			str_append_c(dest, *text);
	}
	return str_c(dest);
}

int canary_mail_make(const char *template, const struct canary_words *words,
		     const char *to, time_t date,
		     struct canary_mail *mail_r, const char **error_r)
{
	string_t *filled = t_str_new(4096);
	struct headers headers = { .dest = t_str_new(4096) };
	const char *body;

	if (!uni_utf8_str_is_valid(template)) {
		*error_r = "it is not UTF-8";
		return -1;
	}
	if (fill_in(filled, without_returns(template), words, error_r) < 0)
		return -1;
	body = strstr(str_c(filled), "\n\n");
	if (body == NULL) {
		*error_r = "there is no empty line between headers and text";
		return -1;
	}
	if (headers_add(&headers, t_strdup_until(str_c(filled), body), error_r) < 0)
		return -1;
	mail_r->message_id = t_strdup_printf("<%s@%s>", words->token, words->host);
	mail_r->subject = headers.subject;
	mail_r->text = headers.dest;
	str_printfa(headers.dest, "To: %s\r\nDate: %s\r\nMessage-ID: %s\r\n"
		    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: 8bit\r\n\r\n",
		    to, message_date_create(date), mail_r->message_id);
	body_add(headers.dest, body + 2);
	return 0;
}
