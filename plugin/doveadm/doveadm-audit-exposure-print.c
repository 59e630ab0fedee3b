/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "doveadm-print.h"
#include "doveadm-audit-complete.h"
#include "doveadm-audit-exposure.h"

/* Counts first, then how far one looked, what was found, and what could not be looked
   at. */

enum exposure_column {
	EXPOSURE_WHAT,
	EXPOSURE_KIND,
	EXPOSURE_MESSAGES,
	EXPOSURE_MAILBOX,
	EXPOSURE_OWNER,
	EXPOSURE_UID,
	EXPOSURE_DATE,
	EXPOSURE_WHERE,
	EXPOSURE_SECRET,
	EXPOSURE_PATTERN,
	EXPOSURE_FROM,
	EXPOSURE_MESSAGE_ID,
	EXPOSURE_FIRST,
	EXPOSURE_LAST,
	EXPOSURE_NOTE,
	EXPOSURE_COUNT
};

static const struct audit_column exposure_columns[EXPOSURE_COUNT] = {
	[EXPOSURE_WHAT] = { "what", AUDIT_TEXT, 8 },
	[EXPOSURE_KIND] = { "kind", AUDIT_TEXT, 8 },
	[EXPOSURE_MESSAGES] = { "messages", AUDIT_NUMBER, 8 },
	[EXPOSURE_MAILBOX] = { "mailbox", AUDIT_TEXT, 10 },
	[EXPOSURE_OWNER] = { "owner", AUDIT_TEXT, 0 },
	[EXPOSURE_UID] = { "uid", AUDIT_NUMBER, 5 },
	[EXPOSURE_DATE] = { "date_ms", AUDIT_TIME, 19 },
	[EXPOSURE_WHERE] = { "where", AUDIT_TEXT, 16 },
	[EXPOSURE_SECRET] = { "secret", AUDIT_TEXT, 8 },
	[EXPOSURE_PATTERN] = { "pattern", AUDIT_TEXT, 0 },
	[EXPOSURE_FROM] = { "from", AUDIT_TEXT, 0 },
	[EXPOSURE_MESSAGE_ID] = { "message_id", AUDIT_TEXT, 0 },
	[EXPOSURE_FIRST] = { "first_ms", AUDIT_TIME, 0 },
	[EXPOSURE_LAST] = { "last_ms", AUDIT_TIME, 0 },
	[EXPOSURE_NOTE] = { "note", AUDIT_TEXT, 1 },
};

static void exposure_print_row(struct exposure *exposure, const struct exposure_row *row)
{
	audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
		[EXPOSURE_WHAT] = "found",
		[EXPOSURE_KIND] = aa_exposure_kind(exposure->patterns, row->kind),
		[EXPOSURE_MAILBOX] = row->box->name,
		[EXPOSURE_OWNER] = row->box->owner,
		[EXPOSURE_UID] = dec2str(row->uid),
		[EXPOSURE_DATE] = row->date_ms == 0 ? NULL : dec2str(row->date_ms),
		[EXPOSURE_WHERE] = row->where,
		[EXPOSURE_SECRET] = row->mask,
		[EXPOSURE_PATTERN] = row->pattern,
		[EXPOSURE_FROM] = row->from,
		[EXPOSURE_MESSAGE_ID] = row->message_id,
	});
}

static void exposure_print_counts(struct exposure *exposure)
{
	const char *language = audit_arg(exposure->audit, "language");

	for (unsigned int i = 0; i < aa_exposure_kinds(exposure->patterns); i++) T_BEGIN {
		if (exposure->counts[i].found > 0) {
			audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
				[EXPOSURE_WHAT] = "count",
				[EXPOSURE_KIND] = aa_exposure_kind(exposure->patterns, i),
				[EXPOSURE_MESSAGES] = dec2str(exposure->counts[i].messages),
				[EXPOSURE_NOTE] = aa_exposure_change(exposure->patterns, i,
					language == NULL ? "en" : language),
			});
		}
	} T_END;
}

static void note_add(string_t *note, uint64_t count, const char *what)
{
	if (count > 0) {
		str_printfa(note, "%s%"PRIu64" %s", str_len(note) > 0 ? ", " : "",
			    count, what);
	}
}

/* How far what is said goes. */
static void exposure_print_looked(struct exposure *exposure)
{
	const struct exposure_left *left = &exposure->left;
	string_t *note = t_str_new(128);

	note_add(note, exposure->unread, "could not be read");
	note_add(note, left->encrypted, "encrypted");
	note_add(note, left->attachments, "attachments not looked into");
	note_add(note, left->cut, "texts looked at only in part");
	note_add(note, exposure->unlisted, "finds not listed");
	if (exposure->slow != NULL)
		str_printfa(note, "%s%s", str_len(note) > 0 ? ", " : "", exposure->slow);
	audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
		[EXPOSURE_WHAT] = "looked",
		[EXPOSURE_MESSAGES] = dec2str(exposure->looked),
		[EXPOSURE_NOTE] = str_c(note),
	});
}

/* Columns of message-name.sql. */
static bool gone_name(void *context, unsigned int columns ATTR_UNUSED,
		      const char *const *names ATTR_UNUSED, const char *const *values)
{
	const char **cells = context;

	if (*values[0] != '\0')
		cells[EXPOSURE_MESSAGE_ID] = t_strdup_printf("<%s>", values[0]);
	cells[EXPOSURE_DATE] = *values[1] == '\0' ? NULL : t_strdup(values[1]);
	return false;
}

static int exposure_print_gone(struct exposure *exposure, const struct exposure_box *box,
			       uint32_t uid)
{
	const char *cells[EXPOSURE_COUNT] = {
		[EXPOSURE_WHAT] = "gone",
		[EXPOSURE_MAILBOX] = box->name,
		[EXPOSURE_OWNER] = box->owner,
		[EXPOSURE_UID] = dec2str(uid),
		[EXPOSURE_NOTE] = "could not be looked at: no longer in the mailbox",
	};
	struct audit_params params = { .count = 0 };
	struct aa_err err;

	audit_param_text(&params, "guid", box->guid);
	audit_param_number(&params, "uidvalidity", box->uidvalidity);
	audit_param_number(&params, "uid", uid);
	if (aa_reader_query(exposure->audit->reader, "message-name", params.list,
			    params.count, gone_name, cells, &err) < 0)
		return audit_fail_store(exposure->audit, &err);
	audit_print_row(exposure->audit, cells);
	return AUDIT_EX_OK;
}

static int exposure_print_box_gone(struct exposure *exposure,
				   const struct exposure_box *box)
{
	int ret = AUDIT_EX_OK;

	for (unsigned int i = 0; i < box->gone.count && ret == AUDIT_EX_OK; i++) {
		const struct aa_uidrange *range = &box->gone.ranges[i];

		for (uint64_t uid = range->first;
		     uid <= range->last && ret == AUDIT_EX_OK; uid++) T_BEGIN {
			ret = exposure_print_gone(exposure, box, (uint32_t)uid);
		} T_END;
	}
	return ret;
}

static int exposure_print_missing(struct exposure *exposure)
{
	const struct exposure_box *box;
	int ret = AUDIT_EX_OK;

	array_foreach(&exposure->boxes, box) {
		if (ret == AUDIT_EX_OK)
			ret = exposure_print_box_gone(exposure, box);
		if (box->error != NULL) {
			audit_print_row(exposure->audit, (const char *[EXPOSURE_COUNT]) {
				[EXPOSURE_WHAT] = "unknown",
				[EXPOSURE_MESSAGES] = dec2str(box->uids.uids),
				[EXPOSURE_MAILBOX] = box->name,
				[EXPOSURE_OWNER] = box->owner,
				[EXPOSURE_NOTE] = t_strdup_printf(
					"could not be looked at: %s", box->error),
			});
		}
	}
	return ret;
}

int exposure_print(struct exposure *exposure)
{
	const struct exposure_row *row;
	struct audit_asked asked;
	int ret;

	audit_print_begin(exposure->audit, DOVEADM_PRINT_TYPE_TABLE, exposure_columns,
			  EXPOSURE_COUNT);
	exposure_print_counts(exposure);
	exposure_print_looked(exposure);
	array_foreach(&exposure->rows, row) T_BEGIN {
		exposure_print_row(exposure, row);
	} T_END;
	if ((ret = exposure_print_missing(exposure)) != AUDIT_EX_OK ||
	    (ret = audit_asked_target(exposure->audit, &exposure->target,
				      exposure->since_ms, exposure->until_ms,
				      &asked)) != AUDIT_EX_OK)
		return ret;
	return audit_complete_print(exposure->audit, &asked);
}
