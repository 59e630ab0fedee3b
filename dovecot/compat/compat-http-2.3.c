/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "buffer.h"
#include "http-client.h"
#include "http-server.h"
#include "iostream-ssl.h"
#include "istream.h"
#include "json-parser.h"
#include "compat-http.h"

struct http_server *
aa_compat_http_server_init(struct event *event, uoff_t max_body,
			   unsigned int idle_msecs)
{
	const struct http_server_settings set = {
		.max_client_idle_time_msecs = idle_msecs,
		.max_pipelined_requests = 1,
		.request_limits = { .max_payload_size = max_body },
		.event = event,
	};

	return http_server_init(&set);
}

static int json_members(struct json_parser *parser,
			aa_compat_json_member_t *member, void *context)
{
	const char *name = NULL, *value;
	enum json_type type;
	int ret;

	while ((ret = json_parse_next(parser, &type, &value)) > 0) {
		switch (type) {
		case JSON_TYPE_OBJECT_KEY:
			name = t_strdup(value);
			continue;
		case JSON_TYPE_STRING:
		case JSON_TYPE_TRUE:
		case JSON_TYPE_FALSE:
			if (name == NULL)
				return -1;
			member(context, name, value);
			break;
		case JSON_TYPE_OBJECT:
		case JSON_TYPE_ARRAY:
			json_parse_skip(parser);
			break;
		case JSON_TYPE_OBJECT_END:
		case JSON_TYPE_ARRAY_END:
		case JSON_TYPE_NUMBER:
		case JSON_TYPE_NULL:
			break;
		}
		name = NULL;
	}
	return ret == 0 ? -1 : 0;
}

int aa_compat_json_object(const buffer_t *json, aa_compat_json_member_t *member,
			  void *context)
{
	struct istream *input;
	struct json_parser *parser;
	const char *error;
	int ret;

	input = i_stream_create_from_data(json->data, json->used);
	parser = json_parser_init(input);
	i_stream_unref(&input);
	ret = json_members(parser, member, context);
	if (json_parser_deinit(&parser, &error) < 0)
		ret = -1;
	return ret;
}

struct http_client *
aa_compat_http_client_init(struct event *event, const char *ca_file,
			   unsigned int timeout_msecs)
{
	const struct ssl_iostream_settings ssl = {
		.ca_file = ca_file,
		.verify_remote_cert = TRUE,
		.skip_crl_check = TRUE,
	};
	const struct http_client_settings set = {
		.dns_client_socket_path = "./dns-client",
		.ssl = ca_file == NULL ? NULL : &ssl,
		.user_agent = "dovecot-access-audit",
		.response_hdr_limits = {
			.max_size = AA_COMPAT_HTTP_HEADER_MAX,
			.max_field_size = AA_COMPAT_HTTP_HEADER_MAX,
		},
		.no_auto_redirect = TRUE,
		.no_auto_retry = TRUE,
		.max_attempts = 1,
		.max_connect_attempts = 1,
		.request_absolute_timeout_msecs = timeout_msecs,
		.request_timeout_msecs = timeout_msecs,
		.connect_timeout_msecs = timeout_msecs,
		.event_parent = event,
	};

	return http_client_init_private(&set);
}
