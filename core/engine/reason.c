/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"
#include "escape.h"

#include <stdarg.h>
#include <stdio.h>

/* How many names a reason shows. */
#define SHOWN_NAMES 3

void aa_reason_add(struct aa_verdict *verdict, const char *fmt, ...)
{
	char text[4 * AA_REASON_MAX];
	va_list args;

	if (verdict->reason_count == AA_VERDICT_REASONS)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	aa_text_copy(verdict->reasons[verdict->reason_count++], AA_REASON_MAX,
		     text);
}

static const char *days_word(unsigned int days)
{
	return days == 1 ? "day" : "days";
}

/* The entry with the most days among those that come after prev in this order
   (days downward, then place on the list), NULL at the end. */
static const struct aa_known *
next_by_days(const struct aa_baseline *base, enum aa_known_what what,
	     const struct aa_known *prev)
{
	const struct aa_known *list = base->known[what], *best = NULL;

	for (unsigned int i = 0; i < base->known_count[what]; i++) {
		const struct aa_known *known = &list[i];

		if (prev != NULL && (known->days > prev->days ||
				     (known->days == prev->days && known <= prev)))
			continue;
		if (best == NULL || known->days > best->days)
			best = known;
	}
	return best;
}

/* "FR (41 days), DE (1 day) and 4 more", without the entry left_out. */
static void
seen_list(const struct aa_baseline *base, enum aa_known_what what,
	  const struct aa_known *left_out, struct aa_buf *out)
{
	unsigned int rest = base->known_count[what], shown = 0;
	const struct aa_known *known = NULL;
	char name[AA_SHOWN_MAX];

	if (left_out != NULL)
		rest--;
	if (rest == 0)
		aa_buf_put(out, "none");
	while (shown < SHOWN_NAMES &&
	       (known = next_by_days(base, what, known)) != NULL) {
		if (known == left_out)
			continue;
		aa_buf_printf(out, "%s%s (%u %s)", shown == 0 ? "" : ", ",
			      aa_shown(known->name, name), known->days,
			      days_word(known->days));
		shown++;
	}
	if (rest > shown)
		aa_buf_printf(out, " and %u more", rest - shown);
}

static void
reason_unfamiliar(const struct aa_policy *policy,
		  const struct aa_baseline *base, enum aa_known_what what,
		  const char *name, struct aa_verdict *verdict)
{
	const struct aa_known *known = aa_baseline_find(base, what, name);
	char shown[AA_SHOWN_MAX], seen[2 * AA_REASON_MAX];
	struct aa_buf buf;

	aa_buf_init(&buf, seen, sizeof(seen));
	seen_list(base, what, known, &buf);
	aa_shown(name, shown);
	if (known == NULL) {
		aa_reason_add(verdict,
			"%s %s never seen for this account; seen: %s",
			aa_known_what_name(what), shown, seen);
	} else {
		aa_reason_add(verdict, "%s %s seen on %u %s for this account, "
			"familiar from %u; others seen: %s",
			aa_known_what_name(what), shown, known->days,
			days_word(known->days), policy->place_days, seen);
	}
}

bool aa_reasons_of_place(const struct aa_policy *policy,
			 const struct aa_baseline *base,
			 const struct aa_place *place, const char *client,
			 struct aa_verdict *verdict)
{
	const char *const names[AA_KNOWN_WHAT_COUNT] = {
		[AA_KNOWN_COUNTRY] = place->country,
		[AA_KNOWN_NETWORK] = place->network,
		/* Last: a new client is no reason alone. */
		[AA_KNOWN_CLIENT] = client,
	};
	bool found = false;

	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		enum aa_known_what what = (enum aa_known_what)i;

		if (what == AA_KNOWN_CLIENT && !found)
			break;
		if (!aa_place_is_comparable(policy, base, what, names[i]) ||
		    aa_known_is_familiar(policy,
				aa_baseline_find(base, what, names[i])))
			continue;
		reason_unfamiliar(policy, base, what, names[i], verdict);
		found = true;
	}
	return found;
}
