/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "http-client.h"
#include "http-response.h"
#include "ioloop.h"
#include "str.h"
#include "strfuncs.h"
#include "aa-settings.h"
#include "compat-http.h"
#include "notices.h"
#include "notify-child.h"
#include "notify-send.h"
#include "notify-text.h"

#define SEND_TIMEOUT_MSECS (30 * 1000)

struct notify_sender {
	struct audit *audit;
	const struct sender_kind *kind;
	/* What is on its way: one of these. */
	struct http_client_request *req;
	struct notify_child *child;
	struct http_client *client;
	struct timeout *to_close;	/* of client */
	notify_sent_callback_t *callback;
	void *context;
};

struct sender_kind {
	bool (*configured)(const struct aa_settings *set);
	int (*send)(struct notify_sender *sender,
		    const struct aa_rec_notification *notification,
		    const char **error_r);
};

static void sender_done(struct notify_sender *sender, const char *error)
{
	sender->callback(error, sender->context);
}

/* --- webhook --- */

static bool webhook_configured(const struct aa_settings *set)
{
	return *set->access_audit_notify_url != '\0';
}

static void webhook_client_init(struct notify_sender *sender)
{
	const struct aa_settings *set = sender->audit->set;
	bool https = strncasecmp(set->access_audit_notify_url, "https:", 6) == 0;

	sender->client = aa_compat_http_client_init(sender->audit->event,
		https ? set->access_audit_notify_ca_file : NULL,
		SEND_TIMEOUT_MSECS);
}

static void webhook_close(struct notify_sender *sender)
{
	timeout_remove(&sender->to_close);
	if (sender->client != NULL)
		http_client_deinit(&sender->client);
}

static void webhook_answered(const struct http_response *response,
			     struct notify_sender *sender)
{
	sender->req = NULL;
	/* The body may be without end: nobody reads it, and the connection goes. */
	sender->to_close = timeout_add_short(0, webhook_close, sender);
	if (http_response_is_success(response))
		sender_done(sender, NULL);
	else
		sender_done(sender, http_response_is_internal_error(response) ?
			    response->reason :
			    t_strdup_printf("answered %u %s", response->status,
					    response->reason));
}

static void
webhook_headers(struct notify_sender *sender,
		const struct aa_rec_notification *notification)
{
	const char *secret = sender->audit->set->access_audit_notify_secret;
	const char *timestamp = t_strdup_printf("%lld",
		(long long)(audit_now_ms() / 1000));

	http_client_request_add_header(sender->req, "Content-Type",
				       "application/json");
	http_client_request_add_header(sender->req, "X-Access-Audit-Id",
				       notification->event);
	http_client_request_add_header(sender->req, "X-Access-Audit-Timestamp",
				       timestamp);
	if (*secret == '\0')
		return;
	http_client_request_add_header(sender->req, "X-Access-Audit-Signature",
		notify_text_signature(secret, timestamp, notification->body));
}

static int webhook_send(struct notify_sender *sender,
			const struct aa_rec_notification *notification,
			const char **error_r ATTR_UNUSED)
{
	webhook_close(sender);
	webhook_client_init(sender);
	sender->req = http_client_request_url_str(sender->client, "POST",
		sender->audit->set->access_audit_notify_url,
		webhook_answered, sender);
	webhook_headers(sender, notification);
	http_client_request_set_payload_data(sender->req,
		(const void *)notification->body, strlen(notification->body));
	http_client_request_submit(sender->req);
	return 0;
}

/* --- programs --- */

static void child_ended(const char *error, void *context)
{
	struct notify_sender *sender = context;

	sender->child = NULL;
	sender_done(sender, error);
}

static int child_send(struct notify_sender *sender, const char *const *argv,
		      const char *input, const char **error_r)
{
	sender->child = notify_child_start(argv, input, SEND_TIMEOUT_MSECS,
					   child_ended, sender, error_r);
	return sender->child == NULL ? -1 : 0;
}

static bool exec_configured(const struct aa_settings *set)
{
	return *set->access_audit_notify_exec != '\0';
}

static int exec_send(struct notify_sender *sender,
		     const struct aa_rec_notification *notification,
		     const char **error_r)
{
	const char *const *argv = t_strsplit_spaces(
		sender->audit->set->access_audit_notify_exec, " ");

	return child_send(sender, argv,
			  t_strconcat(notification->body, "\n", NULL), error_r);
}

/* --- mail --- */

static bool mail_configured(const struct aa_settings *set)
{
	return *set->access_audit_notify_mail != '\0';
}

/* Those who are not the account itself, ended by NULL. */
static const char *const *
mail_recipients(const struct audit *audit, const char *account)
{
	const char *const *all = t_strsplit_spaces(
		audit->set->access_audit_notify_mail, " ");
	ARRAY_TYPE(const_string) others;

	t_array_init(&others, 8);
	for (; *all != NULL; all++) {
		if (*account == '\0' || !notify_text_is_own(*all, account))
			array_push_back(&others, all);
	}
	array_append_zero(&others);
	return array_front(&others);
}

static int mail_send(struct notify_sender *sender,
		     const struct aa_rec_notification *notification,
		     const char **error_r)
{
	const struct audit *audit = sender->audit;
	const char *const *to = mail_recipients(audit, notification->account);
	string_t *mail = t_str_new(2048);
	ARRAY_TYPE(const_string) argv;
	const char *arg = "-oi";

	if (*to == NULL) {
		*error_r = "access_audit_notify_mail names nobody but the "
			"account itself";
		return -1;
	}
	t_array_init(&argv, 8);
	array_push_back(&argv, &audit->set->access_audit_notify_sendmail);
	array_push_back(&argv, &arg);
	array_append(&argv, to, str_array_length(to));
	array_append_zero(&argv);
	notify_text_mail_to(mail, to);
	str_append(mail, notification->body);
	return child_send(sender, array_front(&argv), str_c(mail), error_r);
}

/* --- --- */

static const struct sender_kind sender_kinds[AA_CHANNEL_COUNT] = {
	[AA_CHANNEL_WEBHOOK] = { webhook_configured, webhook_send },
	[AA_CHANNEL_EXEC] = { exec_configured, exec_send },
	[AA_CHANNEL_MAIL] = { mail_configured, mail_send },
};

struct notify_sender *
notify_sender_init(struct audit *audit, enum aa_channel channel)
{
	const struct sender_kind *kind = &sender_kinds[channel];
	struct notify_sender *sender;

	if (!kind->configured(audit->set))
		return NULL;
	sender = i_new(struct notify_sender, 1);
	sender->audit = audit;
	sender->kind = kind;
	return sender;
}

void notify_sender_deinit(struct notify_sender **_sender)
{
	struct notify_sender *sender = *_sender;

	*_sender = NULL;
	if (sender == NULL)
		return;
	if (sender->child != NULL)
		notify_child_forget(&sender->child);
	if (sender->req != NULL)
		http_client_request_abort(&sender->req);
	webhook_close(sender);
	i_free(sender);
}

bool notify_sender_may(struct notify_sender *sender, const char *account)
{
	const char *const *all, *const *others;

	if (sender->kind != &sender_kinds[AA_CHANNEL_MAIL])
		return TRUE;
	all = t_strsplit_spaces(sender->audit->set->access_audit_notify_mail,
				" ");
	others = mail_recipients(sender->audit, account);
	if (str_array_length(all) != str_array_length(others)) {
		e_warning(sender->audit->event, "access-audit: notify "
			  "channel=mail user=%s: access_audit_notify_mail names "
			  "the account itself, which gets no mail%s",
			  notice_value(account), *others == NULL ?
			  ": nobody is told" : "");
	}
	return *others != NULL;
}

int notify_sender_send(struct notify_sender *sender,
		       const struct aa_rec_notification *notification,
		       notify_sent_callback_t *callback, void *context,
		       const char **error_r)
{
	i_assert(sender->req == NULL && sender->child == NULL);
	sender->callback = callback;
	sender->context = context;
	return sender->kind->send(sender, notification, error_r);
}
