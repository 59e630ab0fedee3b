/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "client-id.h"
#include "doveadm-audit-source.h"

const char *audit_source_family(const char *client)
{
	char family[AA_NAME_MAX];

	aa_client_family(client, family);
	return t_strdup(family);
}

static bool is_network(const char *text)
{
	return strncasecmp(text, "AS", 2) == 0 && text[2] != '\0' &&
		text[2 + strspn(text + 2, "0123456789")] == '\0';
}

void audit_source_parse(const char *text, struct audit_source *source_r)
{
	i_zero(source_r);
	if (aa_net_parse(&source_r->net, text, NULL) == 0) {
		source_r->by = strchr(text, '/') == NULL ?
			AUDIT_SOURCE_ADDRESS : AUDIT_SOURCE_PREFIX;
		source_r->name = t_strdup(text);
	} else if (is_network(text)) {
		source_r->by = AUDIT_SOURCE_NETWORK;
		source_r->name = t_str_ucase(text);
	} else {
		source_r->by = AUDIT_SOURCE_CLIENT;
		source_r->name = audit_source_family(text);
	}
}

/* Addresses as text: those of a net begin with its whole octets or groups. Zero
   groups may be written as "::", so what comes before them must do. */
static const char *net_beginning(const struct aa_net *net)
{
	const unsigned char *b = net->ip.bytes;
	string_t *str = t_str_new(48);
	unsigned int i;

	if (aa_ip_is_v4(&net->ip)) {
		for (i = 0; i < 4 && 96 + (i + 1) * 8 <= net->bits; i++)
			str_printfa(str, "%u%s", b[12 + i], i < 3 ? "." : "");
	} else {
		for (i = 0; i < 8 && (i + 1) * 16 <= net->bits &&
		     (b[2 * i] != 0 || b[2 * i + 1] != 0); i++) {
			str_printfa(str, "%x%s", b[2 * i] << 8 | b[2 * i + 1],
				    i < 7 ? ":" : "");
		}
	}
	return str_c(str);
}

struct sifting {
	const struct audit_source *source;
	unsigned int ip, client;	/* columns; 0: there is none */
	aa_row_callback_t *callback;
	void *context;
};

/* The statements find a little more than was asked for. */
static bool sifting_is_meant(const struct sifting *sifting,
			     const char *const *values)
{
	const struct audit_source *source = sifting->source;
	struct aa_ip ip;

	switch (source->by) {
	case AUDIT_SOURCE_ADDRESS:
	case AUDIT_SOURCE_PREFIX:
		return aa_ip_parse(&ip, values[sifting->ip], NULL) == 0 &&
			aa_net_contains(&source->net, &ip);
	case AUDIT_SOURCE_CLIENT:
		return strcmp(audit_source_family(values[sifting->client]),
			      source->name) == 0;
	case AUDIT_SOURCE_NETWORK:
		break;
	}
	return TRUE;
}

static bool sifting_row(void *context, unsigned int columns,
			const char *const *names, const char *const *values)
{
	const struct sifting *sifting = context;

	return !sifting_is_meant(sifting, values) ||
		sifting->callback(sifting->context, columns, names, values);
}

static int sift(struct audit *audit, const char *statement,
		struct audit_params *params, int64_t since_ms, int64_t until_ms,
		struct sifting *sifting)
{
	struct aa_err err;

	audit_param_number(params, "since", since_ms);
	audit_param_number(params, "until", until_ms);
	if (aa_reader_query(audit->reader, statement, params->list, params->count,
			    sifting_row, sifting, &err) < 0)
		return audit_fail_store(audit, &err);
	return AUDIT_EX_OK;
}

/* What the name is between, for an index. */
static void source_params(const struct audit_source *source,
			  struct audit_params *params)
{
	const char *from;

	switch (source->by) {
	case AUDIT_SOURCE_ADDRESS:
	case AUDIT_SOURCE_PREFIX:
		from = net_beginning(&source->net);
		audit_param_text(params, "from", from);
		audit_param_text(params, "to", t_strconcat(from, "~", NULL));
		break;
	case AUDIT_SOURCE_NETWORK:
		audit_param_text(params, "network", source->name);
		break;
	case AUDIT_SOURCE_CLIENT:
		audit_param_text(params, "from", source->name);
		audit_param_text(params, "to",
				 t_strconcat(source->name, "\x7f", NULL));
		audit_param_number(params, "unfamiliar", source->unfamiliar ? 1 : 0);
		break;
	}
}

int audit_source_sessions(struct audit *audit, const struct audit_source *source,
			  int64_t since_ms, int64_t until_ms,
			  aa_row_callback_t *callback, void *context)
{
	static const char *const statements[] = {
		[AUDIT_SOURCE_ADDRESS] = "pivot-address",
		[AUDIT_SOURCE_PREFIX] = "pivot-address",
		[AUDIT_SOURCE_NETWORK] = "pivot-network",
		[AUDIT_SOURCE_CLIENT] = "pivot-client",
	};
	struct sifting sifting = {
		.source = source,
		.ip = SES_IP,
		.client = SES_CLIENT,
		.callback = callback,
		.context = context,
	};
	struct audit_params params = { .count = 0 };

	source_params(source, &params);
	return sift(audit, statements[source->by], &params, since_ms, until_ms,
		    &sifting);
}

int audit_source_tried(struct audit *audit, const struct audit_source *source,
		       int64_t since_ms, int64_t until_ms,
		       aa_row_callback_t *callback, void *context)
{
	struct sifting sifting = {
		.source = source,
		.ip = TRIED_IP,
		.callback = callback,
		.context = context,
	};
	struct audit_params params = { .count = 0 };

	if (source->by != AUDIT_SOURCE_ADDRESS && source->by != AUDIT_SOURCE_PREFIX)
		return AUDIT_EX_OK;
	source_params(source, &params);
	return sift(audit, "pivot-tried", &params, since_ms, until_ms, &sifting);
}
