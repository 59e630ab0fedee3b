/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "http-client.h"
#include "http-server.h"
#include "iostream-ssl.h"
#include "istream.h"
#include "json-tree-io.h"
#include "compat-http.h"

struct http_server *
aa_compat_http_server_init(struct event *event, uoff_t max_body,
			   unsigned int idle_msecs)
{
	pool_t pool = pool_alloconly_create("http server settings", 256);
	struct http_server_settings *set =
		p_new(pool, struct http_server_settings, 1);
	struct http_server *server;

	http_server_settings_init(pool, set);
	set->max_client_idle_time_msecs = idle_msecs;
	set->max_pipelined_requests = 1;
	set->request_max_payload_size = max_body;
	/* The server keeps the settings, and their pool. */
	server = http_server_init(set, event);
	pool_unref(&pool);
	return server;
}

int aa_compat_json_object(const buffer_t *json, aa_compat_json_member_t *member,
			  void *context)
{
	const struct json_tree_node *node;
	const char *error, *name;
	struct json_tree *tree;

	if (json_tree_read_buffer(json, 0, &tree, &error) < 0)
		return -1;
	node = json_tree_get_root_const(tree);
	if (!json_tree_node_is_object(node)) {
		json_tree_unref(&tree);
		return -1;
	}
	for (node = json_tree_node_get_child(node); node != NULL;
	     node = json_tree_node_get_next(node)) {
		name = json_tree_node_get_name(node);
		if (json_tree_node_is_true(node))
			member(context, name, "true");
		else if (json_tree_node_is_false(node))
			member(context, name, "false");
		/* A text with a NUL inside has another kind of content. */
		else if (json_tree_node_is_string(node) &&
			 json_tree_node_get(node)->value.content_type ==
			 JSON_CONTENT_TYPE_STRING)
			member(context, name, json_tree_node_get_str(node));
	}
	json_tree_unref(&tree);
	return 0;
}

/* Far more than the certificates of all authorities. */
#define CA_FILE_MAX (16 * 1024 * 1024)

/* What the library wants is not the file but what is in it. */
static const char *read_file(pool_t pool, const char *path)
{
	struct istream *input = i_stream_create_file(path, IO_BLOCK_SIZE);
	const unsigned char *data;
	buffer_t *content = buffer_create_dynamic(pool, IO_BLOCK_SIZE);
	size_t size;

	while (content->used < CA_FILE_MAX &&
	       i_stream_read_more(input, &data, &size) > 0) {
		buffer_append(content, data, size);
		i_stream_skip(input, size);
	}
	if (input->stream_errno != 0)
		i_error("access-audit: %s", i_stream_get_error(input));
	i_stream_unref(&input);
	buffer_append_c(content, '\0');
	return content->data;
}

static void client_set_ssl(struct http_client *client, const char *ca_file)
{
	pool_t pool = pool_alloconly_create("http client ssl", 1024);
	struct ssl_iostream_settings *ssl =
		p_new(pool, struct ssl_iostream_settings, 1);

	ssl->pool = pool;
	ssl->ca.path = p_strdup(pool, ca_file);
	ssl->ca.content = read_file(pool, ca_file);
	ssl->skip_crl_check = TRUE;
	/* It takes a reference. */
	http_client_set_ssl_settings(client, ssl);
	pool_unref(&pool);
}

struct http_client *
aa_compat_http_client_init(struct event *event, const char *ca_file,
			   unsigned int timeout_msecs)
{
	pool_t pool = pool_alloconly_create("http client settings", 512);
	struct http_client_settings *set =
		p_new(pool, struct http_client_settings, 1);
	struct http_client *client;

	http_client_settings_init(pool, set);
	set->dns_client_socket_path = "./dns-client";
	set->user_agent = "dovecot-access-audit";
	set->response_hdr_max_size = AA_COMPAT_HTTP_HEADER_MAX;
	set->response_hdr_max_field_size = AA_COMPAT_HTTP_HEADER_MAX;
	set->auto_redirect = FALSE;
	set->auto_retry = FALSE;
	set->request_max_attempts = 1;
	set->max_connect_attempts = 1;
	set->request_absolute_timeout_msecs = timeout_msecs;
	set->request_timeout_msecs = timeout_msecs;
	set->connect_timeout_msecs = timeout_msecs;
	/* The client keeps the settings, and their pool. */
	client = http_client_init_private(set, event);
	pool_unref(&pool);
	if (ca_file != NULL)
		client_set_ssl(client, ca_file);
	return client;
}
