/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "timeval.h"
#include "doveadm-audit-mail.h"
#include "doveadm-audit-scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The process is the mailboxes' user in here: what is known of the record was read
   before. */

struct scope_mail {
	struct scope *scope;
	struct audit_messages *messages;
	struct scope_box *box;		/* whose messages are being listed */
	const char *account;		/* whose mailboxes are */
	uint64_t unnamed;
};

/* --- progress --- */

static void scope_progress(struct scope *scope)
{
	time_t now;

	scope->done++;
	if (scope->shown == 0 || scope->done % 64 != 0 ||
	    (now = time(NULL)) <= scope->shown)
		return;
	fprintf(stderr, "\rscope: %"PRIu64" of %"PRIu64" messages ", scope->done,
		scope->listed);
	(void)fflush(stderr);
	scope->shown = now;
}

static void scope_progress_end(const struct scope *scope)
{
	if (scope->shown != 0 && scope->done >= 64)
		fprintf(stderr, "\r%*s\r", 60, "");
}

/* --- what was not read --- */

static const char *box_user(const struct scope_box *box)
{
	return *box->owner != '\0' ? box->owner : box->account;
}

static void scope_unread_print(struct scope *scope, const char *mailbox,
			       const char *owner, const struct aa_uidset *unread,
			       uint64_t all)
{
	char *uids = aa_uidset_text(unread);

	audit_print_row(scope->audit, (const char *[SCOPE_COUNT]) {
		[SCOPE_WHAT] = "unread",
		[SCOPE_MAILBOX] = mailbox,
		[SCOPE_OWNER] = owner,
		[SCOPE_UIDS] = uids,
		[SCOPE_MESSAGES] = dec2str(unread->uids),
		[SCOPE_NOTE] = t_strdup_printf("not read, of the %"PRIu64" that are "
					       "there now", all),
		[SCOPE_BOX_MESSAGES] = dec2str(all),
	});
	free(uids);
}

static void scope_box_print(struct scope_mail *mail, const struct scope_box *box)
{
	struct aa_uidset live = { .count = 0 }, unread = { .count = 0 };
	const char *error;
	bool known = !mail->scope->record_only &&
		audit_messages_uids(mail->messages, box_user(box), box->guid,
				    box->uidvalidity, &live, &error) == 0;

	for (unsigned int i = 0; i < AA_KIND_COUNT; i++) {
		scope_kind_print(mail->scope, box, (enum aa_kind)i,
				 known ? &live : NULL);
	}
	if (known) {
		aa_uidset_without(&unread, &live, &box->content);
		scope_unread_print(mail->scope, box->name, box->owner, &unread,
				   live.uids);
	}
	aa_uidset_free(&live);
	aa_uidset_free(&unread);
}

static bool scope_has(const struct scope *scope, const struct audit_mailbox *mailbox)
{
	struct scope_box *box;

	array_foreach_elem(&scope->boxes, box) {
		if (strcmp(box->guid, mailbox->guid) == 0 &&
		    box->uidvalidity == mailbox->uidvalidity)
			return TRUE;
	}
	return FALSE;
}

/* A mailbox of which nothing was read. */
static void scope_untouched(void *context, const struct audit_mailbox *mailbox,
			    const struct aa_uidset *uids)
{
	struct scope_mail *mail = context;

	if (uids->uids > 0 && !scope_has(mail->scope, mailbox)) {
		scope_unread_print(mail->scope, mailbox->name, mail->account, uids,
				   uids->uids);
	}
}

static void scope_untouched_print(struct scope_mail *mail)
{
	const char *const *accounts = mail->scope->accounts, *error;

	for (; *accounts != NULL; accounts++) {
		mail->account = *accounts;
		if (audit_messages_mailboxes(mail->messages, *accounts,
					     scope_untouched, mail, &error) == 0)
			continue;
		audit_print_row(mail->scope->audit, (const char *[SCOPE_COUNT]) {
			[SCOPE_WHAT] = "unread",
			[SCOPE_OWNER] = *accounts,
			[SCOPE_NOTE] = t_strdup_printf(
				"what else there was is not known: %s", error),
		});
	}
}

/* --- the messages --- */

/* The kinds in which a message was read: "body part". */
static const char *kinds_of(const struct scope_box *box, uint32_t uid)
{
	string_t *names = t_str_new(32);

	for (unsigned int i = 0; i < AA_KIND_COUNT; i++) {
		if (aa_uidset_contains(&box->kinds[i].uids, uid)) {
			str_printfa(names, "%s%s", str_len(names) > 0 ? " " : "",
				    aa_kind_name((enum aa_kind)i));
		}
	}
	return str_c(names);
}

static int name_cmp(const uint32_t *uid, const struct scope_name *name)
{
	return *uid < name->uid ? -1 : *uid > name->uid ? 1 : 0;
}

/* As it was kept; empty if it was not. */
static const struct scope_name *name_of(struct scope_box *box, uint32_t uid)
{
	static const struct scope_name none = { .message_id = "" };
	const struct scope_name *name = array_bsearch(&box->names, &uid, name_cmp);

	return name == NULL ? &none : name;
}

static const char *mail_header(struct mail *mail, const char *header)
{
	const char *value;

	return mail_get_first_header_utf8(mail, header, &value) > 0 ? value : "";
}

static const char *mail_size(struct mail *mail, uint64_t kept)
{
	uoff_t size;

	if (kept == 0 && mail_get_physical_size(mail, &size) == 0)
		kept = size;
	return kept == 0 ? NULL : dec2str(kept);
}

static void scope_mail_row(struct scope_mail *mail, uint32_t uid,
			   const char **values)
{
	values[SCOPE_WHAT] = "message";
	values[SCOPE_MAILBOX] = mail->box->name;
	values[SCOPE_OWNER] = mail->box->owner;
	values[SCOPE_KIND] = kinds_of(mail->box, uid);
	values[SCOPE_UIDS] = dec2str(uid);
	audit_print_row(mail->scope->audit, values);
	scope_progress(mail->scope);
}

static void scope_mail_gone(struct scope_mail *mail, uint32_t uid,
			    const struct scope_name *name, const char *note)
{
	const char *values[SCOPE_COUNT] = {
		[SCOPE_MESSAGE_ID] = name->message_id,
		[SCOPE_DATE] = name->date_s == 0 ? NULL :
			dec2str(name->date_s * AA_SECOND_MS),
		[SCOPE_SIZE] = name->size == 0 ? NULL : dec2str(name->size),
		[SCOPE_NOTE] = note,
	};

	scope_mail_row(mail, uid, values);
}

static void scope_mail_there(struct scope_mail *context, struct mail *mail,
			     const struct scope_name *name)
{
	char message_id[AUDIT_MESSAGE_ID_MAX];
	const char *values[SCOPE_COUNT] = {
		[SCOPE_MESSAGE_ID] = name->message_id,
	};
	int64_t date_ms = name->date_s * AA_SECOND_MS;

	/* what was kept needs no look into the message */
	if (*name->message_id == '\0') {
		audit_mail_names(mail, message_id, &date_ms);
		values[SCOPE_MESSAGE_ID] = message_id;
	}
	values[SCOPE_DATE] = date_ms == 0 ? NULL : dec2str(date_ms);
	values[SCOPE_SIZE] = name->size == 0 ? NULL : dec2str(name->size);
	if (context->scope->with_headers) {
		values[SCOPE_SIZE] = mail_size(mail, name->size);
		values[SCOPE_FROM] = mail_header(mail, "From");
		values[SCOPE_SUBJECT] = mail_header(mail, "Subject");
		/* a table has no room for columns of theirs */
		if (audit_print_is_table()) {
			values[SCOPE_NOTE] = t_strdup_printf("%s: %s",
				values[SCOPE_FROM], values[SCOPE_SUBJECT]);
		}
	}
	scope_mail_row(context, mail->uid, values);
}

static void scope_mail(void *context, uint32_t uid, struct mail *mail)
{
	struct scope_mail *scope_mail = context;
	const struct scope_name *name = name_of(scope_mail->box, uid);

	T_BEGIN {
		if (mail != NULL)
			scope_mail_there(scope_mail, mail, name);
		else {
			scope_mail_gone(scope_mail, uid, name,
					"no longer in the mailbox");
		}
	} T_END;
}

/* The mailbox cannot be looked into, or is not to be: what the record kept. */
static void scope_box_kept(struct scope_mail *mail, const char *note)
{
	const struct aa_uidset *listed = &mail->box->listed;

	for (unsigned int i = 0; i < listed->count; i++) {
		uint64_t uid = listed->ranges[i].first;

		for (; uid <= listed->ranges[i].last; uid++) T_BEGIN {
			const struct scope_name *name =
				name_of(mail->box, (uint32_t)uid);

			if (*name->message_id != '\0') {
				scope_mail_gone(mail, (uint32_t)uid, name, note);
			} else {
				mail->unnamed++;
			}
		} T_END;
	}
}

static void scope_note(struct scope *scope, const char *what,
		       const struct scope_box *box, uint64_t messages,
		       const char *note)
{
	audit_print_row(scope->audit, (const char *[SCOPE_COUNT]) {
		[SCOPE_WHAT] = what,
		[SCOPE_MAILBOX] = box == NULL ? NULL : box->name,
		[SCOPE_MESSAGES] = dec2str(messages),
		[SCOPE_NOTE] = note,
	});
}

static int scope_box_visit(struct scope_mail *mail, const struct scope_box *box,
			   const char **error_r)
{
	static const char *const names[] = { "Message-ID", NULL };
	static const char *const headers[] = {
		"Message-ID", "From", "Subject", NULL
	};

	if (mail->scope->record_only) {
		*error_r = "their mailbox was not looked into (--record-only)";
		return -1;
	}
	return audit_messages_visit(mail->messages, box_user(box), box->guid,
				    box->uidvalidity, &box->listed, MAIL_FETCH_DATE,
				    mail->scope->with_headers ? headers : names,
				    scope_mail, mail, error_r);
}

static void scope_box_messages(struct scope_mail *mail, struct scope_box *box)
{
	const char *error;

	mail->box = box;
	mail->unnamed = 0;
	if (box->listed.count == 0 || scope_box_visit(mail, box, &error) == 0)
		return;
	scope_box_kept(mail, mail->scope->record_only ? NULL : error);
	if (mail->unnamed > 0) {
		scope_note(mail->scope, "unknown", box, mail->unnamed,
			   t_strdup_printf("Message-IDs are not known any more: %s",
					   error));
	}
}

void scope_mail_print(struct scope *scope)
{
	struct scope_mail mail = {
		.scope = scope,
		.messages = audit_messages_init(scope->audit),
	};
	struct scope_box *box;

	array_foreach_elem(&scope->boxes, box)
		scope_box_print(&mail, box);
	if (!scope->record_only)
		scope_untouched_print(&mail);
	array_foreach_elem(&scope->boxes, box)
		scope_box_messages(&mail, box);
	if (scope->left_out > 0) {
		scope_note(scope, "more", NULL, scope->left_out,
			   "--messages all lists them");
	}
	scope_progress_end(scope);
	audit_messages_deinit(&mail.messages);
}
