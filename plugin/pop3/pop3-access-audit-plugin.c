/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "pop3-common.h"
#include "istream.h"
#include "ostream.h"
#include "ostream-null.h"
#include "module-context.h"
#include "access-audit-plugin.h"
#include "pop3-access-audit-plugin.h"

#define AUDIT_CLIENT_CONTEXT(obj) \
	MODULE_CONTEXT(obj, audit_client_module)

struct audit_client {
	union pop3_module_context module_ctx;
	struct access_audit_session *session;
	/* Of a refused login: the real output, and when to leave */
	struct ostream *output;
	struct timeout *to_disconnect;
	/* Stopped in the middle of a response: see the plugin of imap */
	struct timeout *to_end;
	unsigned int end_tries;
};

AA_EXPORT extern const char *pop3_access_audit_plugin_version;

const char *pop3_access_audit_plugin_version = DOVECOT_ABI_VERSION;
const char *pop3_access_audit_plugin_dependencies[] = { "access_audit", NULL };
const char pop3_access_audit_plugin_binary_dependency[] = "pop3";

static MODULE_CONTEXT_DEFINE_INIT(audit_client_module, &pop3_module_register);
static pop3_client_created_func_t *next_client_created;

/* A response that takes longer than this is cut off. */
#define END_TRY_MSECS 100
#define END_TRIES 8

/* RFC 3206: SYS/PERM needs a person, SYS/TEMP can be tried again. */
static void audit_client_say(struct client *client,
			     const struct access_audit_session *session)
{
	const char *code = access_audit_refusal(session) ==
		ACCESS_AUDIT_UNAVAILABLE ? "SYS/TEMP" : "SYS/PERM";

	client_send_line(client, "-ERR [%s] %s", code,
			 access_audit_refusal_text(session));
}

static void audit_client_end_try(struct client *client);

static void audit_client_end(void *context, bool here)
{
	struct client *client = context;
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);

	if (client->disconnected)
		return;
	/* In the middle of a multi-line response nothing else may be said; and
	   POP3 knows no line that was not asked for: an idle client finds
	   the connection closed with this line as the answer to its next. */
	if (!here && client->cmd != NULL) {
		if (aclient->to_end == NULL) {
			aclient->to_end = timeout_add_short(END_TRY_MSECS,
				audit_client_end_try, client);
		}
		return;
	}
	audit_client_say(client, aclient->session);
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

/* The line comes instead of "+OK Logged in.". pop3 goes on setting up the client
   and would use it after its end if it found the output closed; so what it says
   from here on goes nowhere. */
static void audit_client_refuse_login(struct client *client,
				      struct audit_client *aclient)
{
	audit_client_say(client, aclient->session);
	(void)o_stream_flush(client->output);
	aclient->output = client->output;
	client->output = o_stream_create_null();
	aclient->to_disconnect =
		timeout_add_short(0, audit_client_disconnect_refused, client);
}

static void audit_client_destroy(struct client *client, const char *reason)
{
	struct audit_client *aclient = AUDIT_CLIENT_CONTEXT(client);
	enum aa_end_reason end = client->quit_seen ?
		AA_END_LOGOUT : AA_END_DISCONNECT;

	timeout_remove(&aclient->to_disconnect);
	timeout_remove(&aclient->to_end);
	o_stream_destroy(&aclient->output);
	access_audit_session_ended(aclient->session, end,
		i_stream_get_absolute_offset(client->input),
		client->output->offset);
	aclient->module_ctx.super.destroy(client, reason);
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
	MODULE_CONTEXT_SET(client, audit_client_module, aclient);

	access_audit_stream_reads_pop3(session);
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

void pop3_access_audit_plugin_init(struct module *module ATTR_UNUSED)
{
	next_client_created = pop3_client_created_hook_set(audit_client_created);
}

void pop3_access_audit_plugin_deinit(void)
{
	pop3_client_created_hook_set(next_client_created);
}
