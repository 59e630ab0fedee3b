/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "http-server.h"
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
