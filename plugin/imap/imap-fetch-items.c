/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "imap-common.h"
#include "array.h"
#include "istream.h"
#include "ostream.h"
#include "str.h"
#include "imap-fetch.h"
#include "access-audit-plugin.h"
#include "imap-fetch-items.h"
#include "imap-fetch-kind.h"

/* The items of imap that show content, by the name of their handler */
static const char *const wrapped_names[] = {
	"BINARY", "BODY", "BODYSTRUCTURE", "ENVELOPE", "PREVIEW", "RFC822",
	"SNIPPET",
};
/* Their own handlers, by the same index; init = NULL: this imap has none. */
static struct imap_fetch_handler originals[N_ELEMENTS(wrapped_names)];

/* One item of one FETCH, standing in front of imap's own handler. */
struct fetch_item {
	struct access_audit_session *session;
	struct access_audit_read read;

	imap_fetch_handler_t *handler;
	void *context;
	bool want_deinit;

	/* How imap goes on with a stream that did not go out at once */
	int (*cont_handler)(struct imap_fetch_context *ctx);
	/* Of the stream of the current message, already told */
	uoff_t counted;
};

/* What has been handed to the client, as far as the answer's text goes. */
static uoff_t fetch_text_offset(const struct imap_fetch_context *ctx)
{
	return ctx->client->output->offset + str_len(ctx->state.cur_str);
}

/* A literal comes from a stream: its bytes are exact. Other answers are text. */
static void fetch_item_account(struct fetch_item *item,
			       struct imap_fetch_context *ctx,
			       uoff_t text_before, int ret)
{
	struct istream *input = ctx->state.cur_input;
	uoff_t bytes;

	if (input != NULL) {
		bytes = input->v_offset - item->counted;
		item->counted = input->v_offset;
	} else
		bytes = fetch_text_offset(ctx) - text_before;
	/* An item that failed before its first byte delivered nothing. */
	if (ret < 0 && bytes == 0)
		return;
	access_audit_delivered(item->session, ctx->state.cur_mail, &item->read,
			       bytes);
}

static int fetch_item_continue(struct imap_fetch_context *ctx)
{
	const struct imap_fetch_context_handler *handler =
		array_idx(&ctx->handlers, ctx->state.cur_handler);
	struct fetch_item *item = handler->context;
	int ret = item->cont_handler(ctx);

	fetch_item_account(item, ctx, 0, ret);
	return ret;
}

static bool fetch_item_opens(const struct access_audit_read *read)
{
	return read->kind == AA_KIND_BODY ||
		(read->kind == AA_KIND_PART && !read->preview);
}

static int fetch_item_run(struct imap_fetch_context *ctx, struct mail *mail,
			  void *context)
{
	struct fetch_item *item = context;
	uoff_t text_before;
	int ret;

	if (mail == NULL)
		return !item->want_deinit ? 1 :
			item->handler(ctx, NULL, item->context);

	if (fetch_item_opens(&item->read))
		access_audit_opening(item->session, mail);
	text_before = fetch_text_offset(ctx);
	item->counted = 0;
	ret = item->handler(ctx, mail, item->context);
	fetch_item_account(item, ctx, text_before, ret);
	if (ret == 0 && ctx->state.cont_handler != NULL) {
		item->cont_handler = ctx->state.cont_handler;
		ctx->state.cont_handler = fetch_item_continue;
	}
	return ret;
}

/* imap leaves out an item that was asked for twice by looking for its handler;
   behind our wrapper it does not see it. */
static bool fetch_item_is_double(struct imap_fetch_context *ctx, unsigned int idx)
{
	const struct imap_fetch_context_handler *added, *handler;
	const struct fetch_item *item;

	added = array_idx(&ctx->handlers, idx);
	if (added->context != NULL)
		return FALSE;
	array_foreach(&ctx->handlers, handler) {
		item = handler->context;
		if (handler->handler == fetch_item_run &&
		    item->handler == added->handler && item->context == NULL)
			return TRUE;
	}
	return FALSE;
}

static void fetch_item_drop(struct imap_fetch_context *ctx, unsigned int idx)
{
	if (idx < ctx->buffered_handlers_count)
		ctx->buffered_handlers_count--;
	array_delete(&ctx->handlers, idx, 1);
}

static void
fetch_item_wrap(struct imap_fetch_init_context *init_ctx, unsigned int idx,
		struct access_audit_session *session,
		const struct access_audit_read *read)
{
	struct imap_fetch_context_handler *handler =
		array_idx_modifiable(&init_ctx->fetch_ctx->handlers, idx);
	struct fetch_item *item = p_new(init_ctx->pool, struct fetch_item, 1);

	item->session = session;
	item->read = *read;
	item->read.fields = p_strdup(init_ctx->pool, read->fields);
	item->handler = handler->handler;
	item->context = handler->context;
	item->want_deinit = handler->want_deinit;
	handler->handler = fetch_item_run;
	handler->context = item;
}

static const struct imap_fetch_handler *fetch_original(const char *name)
{
	const char *handler = imap_fetch_handler_name(name);
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(wrapped_names); i++) {
		if (strcmp(wrapped_names[i], handler) == 0)
			return &originals[i];
	}
	i_unreached();
}

static bool fetch_item_init(struct imap_fetch_init_context *init_ctx)
{
	struct imap_fetch_context *ctx = init_ctx->fetch_ctx;
	struct access_audit_session *session =
		access_audit_session_find(ctx->client->user);
	unsigned int before = array_count(&ctx->handlers);
	unsigned int buffered_before = ctx->buffered_handlers_count, idx;
	struct access_audit_read read;
	bool shows_content;

	/* Before imap's own parser takes the arguments away */
	shows_content = imap_fetch_kind(init_ctx->name, init_ctx->args, &read);
	if (!fetch_original(init_ctx->name)->init(init_ctx))
		return FALSE;
	if (array_count(&ctx->handlers) == before)
		return TRUE;
	/* Buffered ones are put in front of the others. */
	idx = ctx->buffered_handlers_count > buffered_before ?
		buffered_before : before;
	if (session == NULL || !shows_content)
		return TRUE;
	if (fetch_item_is_double(ctx, idx))
		fetch_item_drop(ctx, idx);
	else
		fetch_item_wrap(init_ctx, idx, session, &read);
	return TRUE;
}

void imap_fetch_items_wrap(void)
{
	const struct imap_fetch_handler *handler;
	struct imap_fetch_handler wrapper = { .init = fetch_item_init };
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(wrapped_names); i++) {
		handler = imap_fetch_handler_lookup(wrapped_names[i]);
		if (handler == NULL)
			continue;
		originals[i] = *handler;
		imap_fetch_handler_unregister(wrapped_names[i]);
		wrapper.name = wrapped_names[i];
		imap_fetch_handlers_register(&wrapper, 1);
	}
}

void imap_fetch_items_unwrap(void)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(wrapped_names); i++) {
		if (originals[i].init == NULL)
			continue;
		imap_fetch_handler_unregister(wrapped_names[i]);
		imap_fetch_handlers_register(&originals[i], 1);
	}
}
