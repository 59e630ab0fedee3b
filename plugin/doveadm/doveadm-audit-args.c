/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strnum.h"
#include "doveadm.h"
#include "timeval.h"
#include "escape.h"
#include "doveadm-audit.h"

#include <pwd.h>
#include <unistd.h>

/* All values are taken from doveadm as text and parsed here: its own parser of
   numbers lets a senseless one pass as if it had not been given (2.3). */

const char *audit_arg(struct audit *audit, const char *name)
{
	const char *value;

	return doveadm_cmd_param_str(audit->cctx, name, &value) ? value : NULL;
}

bool audit_arg_given(struct audit *audit, const char *name)
{
	bool value;

	return doveadm_cmd_param_bool(audit->cctx, name, &value) && value;
}

int audit_arg_need(struct audit *audit, const char *name, const char **value_r)
{
	*value_r = audit_arg(audit, name);
	if (*value_r != NULL && **value_r != '\0')
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE,
			  "The %s is missing. Usage: doveadm %s %s", name,
			  audit->cctx->cmd->name, audit->cctx->cmd->usage);
}

static int
arg_time(struct audit *audit, const char *name, int64_t *at_ms_r)
{
	const char *text = audit_arg(audit, name);
	struct aa_err err;

	if (text == NULL ||
	    aa_time_parse(text, audit->now_ms, at_ms_r, &err) == 0)
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE, "--%s: %s", name, err.text);
}

int audit_arg_period(struct audit *audit, int64_t *since_ms_r,
		     int64_t *until_ms_r)
{
	int ret;

	if ((ret = arg_time(audit, "since", since_ms_r)) != AUDIT_EX_OK ||
	    (ret = arg_time(audit, "until", until_ms_r)) != AUDIT_EX_OK)
		return ret;
	if (*since_ms_r > *until_ms_r) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "The period is empty: it ends before it begins");
	}
	return AUDIT_EX_OK;
}

int audit_arg_duration(struct audit *audit, const char *name, int64_t *ms_r)
{
	const char *text = audit_arg(audit, name);
	struct aa_err err;

	if (text == NULL || aa_duration_parse(text, ms_r, &err) == 0)
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE, "--%s: %s", name, err.text);
}

int audit_arg_end(struct audit *audit, int64_t *until_ms_r)
{
	const char *until = audit_arg(audit, "until");
	int64_t ms = 0;
	struct aa_err err;
	int ret = audit_arg_duration(audit, "for", &ms);

	*until_ms_r = 0;
	if (ret != AUDIT_EX_OK)
		return ret;
	if (until != NULL && audit_arg(audit, "for") != NULL) {
		return audit_fail(audit, AUDIT_EX_USAGE,
				  "Either --until or --for says when it ends");
	}
	if (audit_arg(audit, "for") != NULL)
		*until_ms_r = audit->now_ms + I_MAX(ms, 1);
	else if (until != NULL &&
		 aa_until_parse(until, audit->now_ms, until_ms_r, &err) < 0)
		return audit_fail(audit, AUDIT_EX_USAGE, "--until: %s", err.text);
	return AUDIT_EX_OK;
}

int audit_arg_number(struct audit *audit, const char *name, int64_t *number_r)
{
	const char *text = audit_arg(audit, name);
	char shown[AA_SHOWN_MAX];

	if (text == NULL ||
	    (str_to_int64(text, number_r) == 0 && *number_r >= 0))
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE, "%s: \"%s\" is not a number",
			  name, aa_shown(text, shown));
}

static const char *kind_names(void)
{
	string_t *names = t_str_new(64);

	for (unsigned int i = 0; i < AA_KIND_COUNT; i++)
		str_printfa(names, " %s", aa_kind_name((enum aa_kind)i));
	return str_c(names);
}

int audit_arg_kind(struct audit *audit, const char **kind_r)
{
	char shown[AA_SHOWN_MAX];
	enum aa_kind kind;

	*kind_r = audit_arg(audit, "kind");
	if (*kind_r == NULL)
		*kind_r = "";
	if (**kind_r == '\0' || aa_kind_parse(*kind_r, &kind))
		return AUDIT_EX_OK;
	return audit_fail(audit, AUDIT_EX_USAGE,
			  "--kind: \"%s\" is none of%s",
			  aa_shown(*kind_r, shown), kind_names());
}

const char *audit_arg_mask(struct audit *audit, const char *name)
{
	const char *mask = audit_arg(audit, name);
	string_t *glob;

	if (mask == NULL)
		return "*";
	/* GLOB has classes of characters, our masks have not. */
	glob = t_str_new(128);
	for (; *mask != '\0'; mask++) {
		if (*mask == '[')
			str_append(glob, "[[]");
		else
			str_append_c(glob, *mask);
	}
	return str_c(glob);
}

/* Who logged in, whatever sudo or su made of it since. Not SUDO_USER: Dovecot
   drops the environment when it reads its settings. */
static const char *person_behind(void)
{
	const char *name = getlogin();
	const struct passwd *pw;

	if (name != NULL)
		return t_strdup(name);
	pw = getpwuid(getuid());
	return pw != NULL ? t_strdup(pw->pw_name) :
		t_strdup_printf("uid %s", dec2str(getuid()));
}

const char *audit_arg_by(struct audit *audit)
{
	const char *by = audit_arg(audit, "by");

	if (by != NULL && *by != '\0')
		return by;
	switch (audit->cctx->conn_type) {
	case DOVEADM_CONNECTION_TYPE_CLI:
		return person_behind();
	case DOVEADM_CONNECTION_TYPE_TCP:
		return "doveadm-server";
	case DOVEADM_CONNECTION_TYPE_HTTP:
		return "doveadm-http";
	}
	i_unreached();
}
