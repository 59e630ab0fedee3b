/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "mail-search.h"
#include "mail-storage-private.h"
#include "audit-content-search.h"
#include "audit-session.h"
#include "audit-storage.h"

#define AUDIT_SEARCH_CONTEXT(obj) \
	MODULE_CONTEXT(obj, audit_search_module)

/* Exists for searches by content only. */
struct audit_content_search {
	union mail_search_module_context module_ctx;
	struct audit_collect_box *collect;
	char *terms;		/* "" unless they are wanted */
	uint64_t hits;
	bool refused;
};

static MODULE_CONTEXT_DEFINE_INIT(audit_search_module,
				  &mail_storage_module_register);

struct content_criterion {
	enum mail_search_arg_type type;
	const char *name;
};
static const struct content_criterion content_criteria[] = {
	{ SEARCH_HEADER, "HEADER" },
	{ SEARCH_HEADER_ADDRESS, "HEADER" },
	{ SEARCH_HEADER_COMPRESS_LWSP, "HEADER" },
	{ SEARCH_BODY, "BODY" },
	{ SEARCH_TEXT, "TEXT" },
	{ SEARCH_MIMEPART, "MIMEPART" },
};

static const char *content_criterion_name(enum mail_search_arg_type type)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(content_criteria); i++) {
		if (content_criteria[i].type == type)
			return content_criteria[i].name;
	}
	return NULL;
}

static void
content_terms_add(string_t *terms, const struct mail_search_arg *arg,
		  const char *name)
{
	if (str_len(terms) > 0)
		str_append_c(terms, ' ');
	if (arg->match_not)
		str_append(terms, "NOT ");
	str_append(terms, name);
	if (arg->hdr_field_name != NULL)
		str_printfa(terms, " %s", arg->hdr_field_name);
	if (arg->value.str != NULL)
		str_printfa(terms, " \"%s\"", arg->value.str);
}

/* Returns TRUE if there is a content criterion. terms may be NULL. */
static bool
content_search_terms(const struct mail_search_arg *arg, string_t *terms)
{
	const char *name;
	bool found = FALSE;

	for (; arg != NULL; arg = arg->next) {
		name = content_criterion_name(arg->type);
		if (name != NULL) {
			found = TRUE;
			if (terms != NULL)
				content_terms_add(terms, arg, name);
		} else if (arg->type == SEARCH_OR || arg->type == SEARCH_SUB ||
			   arg->type == SEARCH_INTHREAD) {
			if (content_search_terms(arg->value.subargs, terms))
				found = TRUE;
		}
	}
	return found;
}

void audit_content_search_begin(struct access_audit_session *session,
				struct mail_search_context *ctx)
{
	struct audit_content_search *search;
	string_t *terms = NULL;

	if (ctx->args == NULL)
		return;
	T_BEGIN {
		if (audit_session_wants_terms())
			terms = t_str_new(128);
		if (content_search_terms(ctx->args->args, terms)) {
			search = i_new(struct audit_content_search, 1);
			search->collect = audit_storage_collect_box(session,
							ctx->transaction->box);
			search->terms = i_strdup(terms == NULL ? "" :
						 str_c(terms));
			MODULE_CONTEXT_SET(ctx, audit_search_module, search);
		}
	} T_END;
}

bool audit_content_search_refused(struct access_audit_session *session,
				  struct mail_search_context *ctx)
{
	struct audit_content_search *search = AUDIT_SEARCH_CONTEXT(ctx);

	if (search == NULL || access_audit_refusal(session) == ACCESS_AUDIT_PASS)
		return FALSE;
	search->refused = TRUE;
	return TRUE;
}

void audit_content_search_found(struct access_audit_session *session,
				struct mail_search_context *ctx,
				struct mail *mail)
{
	static const struct access_audit_read read = { .kind = AA_KIND_SEARCH };
	struct audit_content_search *search = AUDIT_SEARCH_CONTEXT(ctx);

	if (search == NULL)
		return;
	search->hits++;
	access_audit_delivered(session, mail, &read, 0);
}

bool audit_content_search_end(struct access_audit_session *session,
			      struct mail_search_context *ctx)
{
	struct audit_content_search *search = AUDIT_SEARCH_CONTEXT(ctx);
	bool refused;

	if (search == NULL)
		return FALSE;
	audit_session_search(session, search->collect, search->terms,
			     search->hits);
	refused = search->refused;
	MODULE_CONTEXT_UNSET(ctx, audit_search_module);
	i_free(search->terms);
	i_free(search);
	return refused;
}
