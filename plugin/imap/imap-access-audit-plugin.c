/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "imap-common.h"
#include "istream.h"
#include "ostream.h"
#include "module-context.h"
#include "imap-commands.h"
#include "access-audit-plugin.h"
#include "imap-access-audit-plugin.h"
#include "imap-fetch-items.h"

#include <poll.h>

#define AUDIT_CLIENT_CONTEXT(obj) \
	MODULE_CONTEXT(obj, audit_client_module)

struct audit_client {
	union imap_module_context module_ctx;
	struct access_audit_session *session;
	struct timeout *to_disconnect;
	/* A session that was stopped in the middle of a response: until it can
	   be told, or its time is over */
	struct timeout *to_end;
	unsigned int end_tries;
};

AA_EXPORT extern const char *imap_access_audit_plugin_version;

const char *imap_access_audit_plugin_version = DOVECOT_ABI_VERSION;
const char *imap_access_audit_plugin_dependencies[] = { "access_audit", NULL };
const char imap_access_audit_plugin_binary_dependency[] = "imap";

static MODULE_CONTEXT_DEFINE_INIT(audit_client_module, &imap_module_register);
static imap_client_created_func_t *next_client_created;

/* A response that takes longer than this is cut off. */
#define END_TRY_MSECS 100
#define END_TRIES 8

/* --- refusing --- */

/* "[ALERT] …" is to be shown to the user (RFC 3501); "[UNAVAILABLE] …" tells
   the client to try again later (RFC 5530). */
static const char *audit_bye(const struct access_audit_session *session)
{
	const char *code = access_audit_refusal(session) ==
		ACCESS_AUDIT_UNAVAILABLE ? "UNAVAILABLE" : "ALERT";

	return t_strdup_printf("[%s] %s", code, access_audit_refusal_text(session));
}

static void audit_client_end_try(struct client *client);

/* Disconnecting throws away what the client has not taken yet. One that reads
   slowly gets some time to see the last line. */
static void audit_client_drain(struct client *client)
{
	struct pollfd pfd = { .fd = client->fd_out, .events = POLLOUT };
	unsigned int i;

	for (i = 0; i < END_TRIES && o_stream_flush(client->output) == 0; i++)
		(void)poll(&pfd, 1, END_TRY_MSECS);
}

static void audit_client_end(void *context, bool here)
{
	struct client *client = context;
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);

	if (client->disconnected)
		return;
	/* In the middle of a response no other line may be said. */
	if (!here && client->output_cmd_lock != NULL) {
		if (aclient->to_end == NULL) {
			aclient->to_end = timeout_add_short(END_TRY_MSECS,
				audit_client_end_try, client);
		}
		return;
	}
	client_send_line(client, t_strconcat("* BYE ",
					     audit_bye(aclient->session), NULL));
	audit_client_drain(client);
	client_disconnect(client, access_audit_refusal_text(aclient->session));
}

static void audit_client_end_try(struct client *client)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);

	if (client->disconnected) {
		timeout_remove(&aclient->to_end);
	} else if (++aclient->end_tries > END_TRIES) {
		timeout_remove(&aclient->to_end);
		client_disconnect(client,
				  access_audit_refusal_text(aclient->session));
	} else {
		audit_client_end(client, FALSE);
	}
}

static void audit_client_disconnect_refused(struct client *client)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);

	timeout_remove(&aclient->to_disconnect);
	client_disconnect(client, access_audit_refusal_text(aclient->session));
}

/* The login itself is refused. The BYE comes instead of the reply to LOGIN:
   closing the output keeps imap from saying anything else. The client object
   must live until imap has finished creating it, hence the timeout. */
static void audit_client_refuse_login(struct client *client,
				      struct audit_client *aclient)
{
	client_send_line(client, t_strconcat("* BYE ",
					     audit_bye(aclient->session), NULL));
	(void)o_stream_flush(client->output);
	o_stream_close(client->output);
	aclient->to_disconnect =
		timeout_add_short(0, audit_client_disconnect_refused, client);
}

/* --- commands --- */

static bool audit_cmd_refused(struct client_command_context *cmd)
{
	client_send_tagline(cmd, "NO [ALERT] Access refused.");
	return TRUE;
}

/* What a command's opened streams are; NULL name ends the table. */
static const struct {
	const char *command;
	enum aa_kind kind;
} stream_commands[] = {
	{ "URLFETCH", AA_KIND_BODY },
	/* CATENATE takes messages by URL into a new one. */
	{ "APPEND", AA_KIND_COPY },
	{ NULL, AA_KIND_COUNT }
};

static enum aa_kind audit_stream_kind(const char *command)
{
	unsigned int i;

	for (i = 0; stream_commands[i].command != NULL; i++) {
		if (strcasecmp(command, stream_commands[i].command) == 0)
			return stream_commands[i].kind;
	}
	return AA_KIND_COUNT;
}

static void audit_command_pre(struct client_command_context *cmd)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(cmd->client);

	if (aclient == NULL)
		return;
	/* Pipelined behind a refused login: it must not run. */
	if (aclient->to_disconnect != NULL)
		cmd->func = audit_cmd_refused;
	access_audit_stream_reads(aclient->session, audit_stream_kind(cmd->name));
}

static void audit_command_post(struct client_command_context *cmd)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(cmd->client);

	if (aclient == NULL)
		return;
	access_audit_stream_reads(aclient->session, AA_KIND_COUNT);
	if (strcasecmp(cmd->name, "ID") == 0 && cmd->args != NULL)
		access_audit_client_id(aclient->session, cmd->args);
	access_audit_command_done(aclient->session);
}

/* --- the client's life --- */

static void audit_client_destroy(struct client *client, const char *reason)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);
	enum aa_end_reason end = client->logged_out ?
		AA_END_LOGOUT : AA_END_DISCONNECT;

	timeout_remove(&aclient->to_disconnect);
	timeout_remove(&aclient->to_end);
	access_audit_session_ended(aclient->session, end,
		i_stream_get_absolute_offset(client->input),
		client->output->offset);
	aclient->module_ctx.super.destroy(client, reason);
}

static int
audit_client_state_export(struct client *client, bool internal,
			  buffer_t *dest, const char **error_r)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);

	/* internal: hibernation; otherwise the session only moves on when this
	   one has ended. */
	if (internal && !access_audit_session_paused(aclient->session)) {
		*error_r = "access-audit: the last report is not on the disk yet";
		return 0;
	}
	return aclient->module_ctx.super.state_export(client, internal, dest,
						      error_r);
}

static void audit_client_hook(struct client *client,
			      struct access_audit_session *session)
{
	const struct access_audit_protocol protocol = {
		.end = audit_client_end,
		.context = client,
	};
	struct audit_client *aclient;

	aclient = p_new(client->pool, struct audit_client, 1);
	aclient->session = session;
	aclient->module_ctx.super = client->v;
	client->v.destroy = audit_client_destroy;
	client->v.state_export = audit_client_state_export;
	MODULE_CONTEXT_SET(client, audit_client_module, aclient);

	if (access_audit_refusal(session) != ACCESS_AUDIT_PASS)
		audit_client_refuse_login(client, aclient);
	else
		access_audit_session_set_protocol(session, &protocol);
}

static void audit_client_created(struct client **clientp)
{
	struct access_audit_session *session =
		access_audit_session_find((*clientp)->user);

	if (session != NULL)
		audit_client_hook(*clientp, session);
	if (next_client_created != NULL)
		next_client_created(clientp);
}

void imap_access_audit_plugin_init(struct module *module ATTR_UNUSED)
{
	imap_fetch_items_wrap();
	command_hook_register(audit_command_pre, audit_command_post);
	next_client_created = imap_client_created_hook_set(audit_client_created);
}

void imap_access_audit_plugin_deinit(void)
{
	imap_client_created_hook_set(next_client_created);
	command_hook_unregister(audit_command_pre, audit_command_post);
	imap_fetch_items_unwrap();
}
