/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "guid.h"
#include "md5.h"
#include "hex-binary.h"
#include "mail-user.h"
#include "mail-namespace.h"
#include "mail-storage-private.h"
#include "mailbox-watch.h"
#include "audit-content-search.h"
#include "audit-login.h"
#include "audit-message.h"
#include "audit-session.h"
#include "audit-storage.h"
#include "audit-stream.h"
#include "wake-file.h"

#include <unistd.h>

/* INTERNALDATE costs a look into the cache, with maildir sometimes a stat() and a
   new record in the cache. So it is looked at where a run of UIDs begins, as for
   each message that a person opens, and within a run for each 32nd; between, the
   message looked at last stands for its neighbours: dates grow with UIDs but for
   moved mail. */
#define DATE_EVERY 32
#define DATE_RUN_GAP 4

#define AUDIT_USER_CONTEXT(obj) \
	MODULE_CONTEXT(obj, audit_user_module)
#define AUDIT_BOX_CONTEXT(obj) \
	MODULE_CONTEXT(obj, audit_storage_module)

struct audit_user {
	union mail_user_module_context module_ctx;
	struct access_audit_session *session;
};

struct audit_box {
	union mailbox_module_context module_ctx;
	struct access_audit_session *session;
	/* NULL until something is read */
	struct audit_collect_box *collect;
};

static MODULE_CONTEXT_DEFINE_INIT(audit_user_module, &mail_user_module_register);
static MODULE_CONTEXT_DEFINE_INIT(audit_storage_module,
				  &mail_storage_module_register);

/* --- users --- */

struct access_audit_session *access_audit_session_find(struct mail_user *user)
{
	struct audit_user *auser;

	/* A shared folder's owner has a user of its own: the reader made it. */
	while (user->autocreated && user->creator != NULL)
		user = user->creator;
	auser = AUDIT_USER_CONTEXT(user);
	return auser == NULL ? NULL : auser->session;
}

static void audit_user_deinit(struct mail_user *user)
{
	struct audit_user *auser = AUDIT_USER_CONTEXT(user);

	auser->module_ctx.super.deinit(user);
	audit_session_destroy(&auser->session);
}

void audit_storage_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	struct audit_user *auser;

	if (!audit_login_is_session(user))
		return;
	auser = p_new(user->pool, struct audit_user, 1);
	auser->module_ctx.super = *v;
	user->vlast = &auser->module_ctx.super;
	v->deinit = audit_user_deinit;
	MODULE_CONTEXT_SET(user, audit_user_module, auser);
	auser->session = audit_session_create(user);
}

/* --- mailboxes --- */

static const char *audit_box_guid(struct mailbox *box)
{
	struct mailbox_metadata metadata;
	unsigned char digest[MD5_RESULTLEN];

	if (mailbox_get_metadata(box, MAILBOX_METADATA_GUID, &metadata) == 0)
		return guid_128_to_string(metadata.guid);
	/* No GUID to be had: its name under its owner tells it apart. */
	md5_get_digest(box->vname, strlen(box->vname), digest);
	return binary_to_hex(digest, sizeof(digest));
}

/* "" for a public namespace */
static const char *audit_box_owner(struct mailbox *box)
{
	struct mail_user *owner = mailbox_get_namespace(box)->owner;

	return owner == NULL ? "" : owner->username;
}

struct audit_collect_box *
audit_storage_collect_box(struct access_audit_session *session,
			  struct mailbox *box)
{
	struct audit_box *abox = AUDIT_BOX_CONTEXT(box);
	struct mailbox_status status;
	struct audit_collect_box *collect;

	if (abox != NULL && abox->collect != NULL)
		return abox->collect;
	mailbox_get_open_status(box, STATUS_UIDVALIDITY, &status);
	T_BEGIN {
		collect = audit_collector_box(&session->collector,
			audit_box_guid(box), status.uidvalidity,
			mailbox_get_vname(box), audit_box_owner(box));
	} T_END;
	if (abox != NULL)
		abox->collect = collect;
	return collect;
}

static void audit_opened_date(struct audit_collect_box *collect,
			      enum aa_kind kind, struct mail *mail)
{
	uint32_t last_uid = collect->last_opened_uid;
	time_t date;

	if (last_uid == mail->uid)
		return;
	collect->last_opened_uid = mail->uid;
	if (mail->uid < last_uid || mail->uid - last_uid > DATE_RUN_GAP ||
	    collect->until_sample == 0) {
		collect->until_sample = DATE_EVERY;
		collect->sample_date_s =
			mail_get_received_date(mail, &date) < 0 ? 0 : date;
	}
	collect->until_sample--;
	audit_collect_date(collect, kind, collect->sample_date_s, audit_now_ms());
}

/* The box is open, as one of its messages was read: the number is in the memory
   of its view. The view is what the client was told of; it grows and shrinks
   between commands, so once for a report is enough. */
static void audit_box_count(struct audit_collect_box *collect, struct mailbox *box)
{
	struct mailbox_status status;

	mailbox_get_open_status(box, STATUS_MESSAGES, &status);
	audit_collect_messages(collect, status.messages);
}

void access_audit_delivered(struct access_audit_session *session,
			    struct mail *mail,
			    const struct access_audit_read *read, uoff_t bytes)
{
	struct audit_collect_box *collect;
	struct mail *real_mail;

	/* A message of a virtual mailbox is recorded where it really is. */
	if (mail_get_backend_mail(mail, &real_mail) < 0)
		real_mail = mail;
	collect = audit_storage_collect_box(session, real_mail->box);
	if (!collect->counted)
		audit_box_count(collect, real_mail->box);
	if (read->preview) {
		audit_collect_add_preview(&session->collector, collect,
					  real_mail->uid, bytes, audit_now_ms());
	} else {
		audit_collect_add(&session->collector, collect, read->kind,
				  real_mail->uid, bytes, audit_now_ms());
	}
	if (read->kind == AA_KIND_BODY ||
	    (read->kind == AA_KIND_PART && !read->preview)) {
		audit_opened_date(collect, read->kind, real_mail);
		audit_message_delivered(session, collect, real_mail);
	}
	if (read->kind == AA_KIND_FIELDS)
		audit_collect_fields(collect, read->fields, read->fields_wide);
	audit_session_delivering(session);
}

void access_audit_opening(struct access_audit_session *session, struct mail *mail)
{
	struct istream *stream;

	/* What keeps it from being opened, the item itself will tell. */
	if (session->names_wanted &&
	    mail_get_stream_because(mail, NULL, NULL, "access-audit", &stream) == 0)
		audit_message_opened(session, mail, stream);
}

/* --- searches: see audit-content-search.h --- */

static struct mail_search_context *
audit_search_init(struct mailbox_transaction_context *t,
		  struct mail_search_args *args,
		  const enum mail_sort_type *sort_program,
		  enum mail_fetch_field wanted_fields,
		  struct mailbox_header_lookup_ctx *wanted_headers)
{
	struct audit_box *abox = AUDIT_BOX_CONTEXT(t->box);
	struct mail_search_context *ctx;

	ctx = abox->module_ctx.super.search_init(t, args, sort_program,
						 wanted_fields, wanted_headers);
	audit_content_search_begin(abox->session, ctx);
	return ctx;
}

/* FETCH walks its messages with a search that wants streams of bodies. */
static bool audit_search_wants_bodies(const struct mail_search_context *ctx)
{
	return (ctx->wanted_fields & MAIL_FETCH_STREAM_BODY) != 0;
}

static bool
audit_search_next_nonblock(struct mail_search_context *ctx,
			   struct mail **mail_r, bool *tryagain_r)
{
	struct audit_box *abox = AUDIT_BOX_CONTEXT(ctx->transaction->box);

	if (audit_content_search_refused(abox->session, ctx)) {
		*tryagain_r = FALSE;
		return FALSE;
	}
	if (!abox->module_ctx.super.search_next_nonblock(ctx, mail_r, tryagain_r))
		return FALSE;
	if (audit_search_wants_bodies(ctx) &&
	    access_audit_gate(abox->session) != ACCESS_AUDIT_PASS) {
		audit_session_end_here(abox->session);
		*tryagain_r = FALSE;
		return FALSE;
	}
	audit_content_search_found(abox->session, ctx, *mail_r);
	return TRUE;
}

static int audit_search_deinit(struct mail_search_context *ctx)
{
	struct mailbox *box = ctx->transaction->box;
	struct audit_box *abox = AUDIT_BOX_CONTEXT(box);
	bool refused = audit_content_search_end(abox->session, ctx);
	int ret;

	ret = abox->module_ctx.super.search_deinit(ctx);
	if (!refused)
		return ret;
	mail_storage_set_error(box->storage, MAIL_ERROR_PERM,
			       access_audit_refusal_text(abox->session));
	return -1;
}

/* --- copies: box is the destination --- */

static int audit_copy(struct mail_save_context *ctx, struct mail *mail)
{
	static const struct access_audit_read read = { .kind = AA_KIND_COPY };
	struct mailbox *box = ctx->transaction->box;
	struct audit_box *abox = AUDIT_BOX_CONTEXT(box);
	int ret;

	if (access_audit_refusal(abox->session) != ACCESS_AUDIT_PASS) {
		mail_storage_set_error(box->storage, MAIL_ERROR_PERM,
			access_audit_refusal_text(abox->session));
		return -1;
	}
	ret = abox->module_ctx.super.copy(ctx, mail);
	if (ret == 0)
		access_audit_delivered(abox->session, mail, &read, 0);
	return ret;
}

/* --- hibernation --- */

/* What is watched for a client that idles, is watched for it while it hibernates,
   too: so the service can wake it up (wake-file.h). Only where mail is watched by the
   kernel, and where the file is: a path that cannot be watched would keep the client
   from hibernating. */
static void audit_notify_changes(struct mailbox *box)
{
	struct audit_box *abox = AUDIT_BOX_CONTEXT(box);
	const struct mail_user *user = box->storage->user;
	char file[AA_WAKE_PATH_MAX];
	const char *path;

	abox->module_ctx.super.notify_changes(box);
	if (box->notify_callback == NULL || box->notify_files == NULL)
		return;
	aa_wake_path_of(abox->session->login.account, file);
	path = t_strdup_printf("%s/%s", user->set->base_dir, file);
	if (access(path, R_OK) == 0)
		mailbox_watch_add(box, path);
}

void audit_storage_mailbox_allocated(struct mailbox *box)
{
	struct access_audit_session *session =
		access_audit_session_find(box->storage->user);
	struct mailbox_vfuncs *v = box->vlast;
	struct audit_box *abox;

	if (session == NULL)
		return;
	abox = p_new(box->pool, struct audit_box, 1);
	abox->module_ctx.super = *v;
	abox->session = session;
	box->vlast = &abox->module_ctx.super;
	v->search_init = audit_search_init;
	v->search_next_nonblock = audit_search_next_nonblock;
	v->search_deinit = audit_search_deinit;
	v->copy = audit_copy;
	v->notify_changes = audit_notify_changes;
	MODULE_CONTEXT_SET(box, audit_storage_module, abox);
}

void audit_storage_mail_allocated(struct mail *mail)
{
	struct access_audit_session *session =
		access_audit_session_find(mail->box->storage->user);

	if (session != NULL && audit_stream_wanted(session))
		audit_stream_hook(session, mail);
}
