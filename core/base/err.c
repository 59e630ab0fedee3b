/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "err.h"
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>

int aa_err_set(struct aa_err *err, enum aa_err_code code, const char *fmt, ...)
{
	/* One byte more than err->text, so that a text that is too long is
	   seen; and apart from it, because it may be among the arguments. */
	char text[AA_ERR_TEXT_MAX + 1];
	va_list args;

	if (err == NULL)
		return -1;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	err->code = code;
	(void)aa_text_copy(err->text, sizeof(err->text), text);
	return -1;
}
