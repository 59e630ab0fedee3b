/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"
#include "escape.h"

#include <math.h>

/* A network that one account in so many knows is an office or a webmail: there
   many accounts in a day are nothing. */
#define COMMON_SHARE 50

double aa_clamp(double value, double min, double max)
{
	return value < min ? min : value > max ? max : value;
}

const struct aa_known *aa_network_known(const struct aa_moment *m)
{
	return aa_known_find(&m->life->known[AA_KNOWN_NETWORK],
			     m->source->place->network);
}

bool aa_network_is_familiar(const struct aa_moment *m)
{
	const struct aa_known *known = aa_network_known(m);

	return aa_known_days(known, m->today) >= m->policy->place_days;
}

bool aa_is_shared_egress(enum aa_net_class net_class)
{
	return net_class == AA_NET_VPN || net_class == AA_NET_TOR ||
		aa_has_no_country(net_class);
}

bool aa_is_expected_egress(enum aa_net_class net_class)
{
	return aa_is_shared_egress(net_class) && net_class != AA_NET_TOR;
}

bool aa_network_is_common(const struct aa_site *site, const char *network)
{
	return aa_site_knowing(site, AA_KNOWN_NETWORK, network) * COMMON_SHARE >=
		aa_site_accounts(site);
}

bool aa_has_no_country(enum aa_net_class net_class)
{
	return net_class == AA_NET_CLOUD || net_class == AA_NET_EGRESS;
}

/* Names learned lately, without those that the account began with. */
static unsigned int
taken_up(const struct aa_moment *m, enum aa_known_what what)
{
	const struct aa_known_list *list = &m->life->known[what];
	unsigned int count = 0;

	for (unsigned int i = 0; i < list->count; i++) {
		const struct aa_known *known = &list->known[i];

		if (known->days > 0 && m->today - known->first_day < 60 &&
		    known->first_day - m->life->first_day > 2)
			count++;
	}
	return count;
}

/* Days of life on which such names were learned at all: geo data may have come
   later than the account. */
static unsigned int
lived_with(const struct aa_moment *m, enum aa_known_what what)
{
	const struct aa_known_list *list = &m->life->known[what];
	unsigned int lived = aa_life_active_days(m->life);
	int first = m->today;

	for (unsigned int i = 0; i < list->count; i++) {
		if (list->known[i].days > 0 && list->known[i].first_day < first)
			first = list->known[i].first_day;
	}
	return lived < (unsigned int)(m->today - first) + 1 ? lived :
		(unsigned int)(m->today - first) + 1;
}

double aa_novelty(const struct aa_moment *m, enum aa_known_what what,
		  const char *name, struct aa_buf *why)
{
	const struct aa_known *known = aa_known_find(&m->life->known[what], name);
	unsigned int days = aa_known_days(known, m->today);
	unsigned int place_days = m->policy->place_days;
	unsigned int lived = lived_with(m, what);
	unsigned int news = taken_up(m, what);
	unsigned int accounts = aa_site_accounts(m->engine->site);
	unsigned int knowing = aa_site_knowing(m->engine->site, what, name);
	double own, site, evidence;
	char shown[AA_SHOWN_MAX];

	if (days >= place_days)
		return 0;
	own = log((lived + 2.0) / (news + 0.5));
	site = -0.6 * log((knowing + 1.0) / (1.0 + accounts * 0.005));
	evidence = aa_clamp(own, 0, 4) + aa_clamp(site, -2, 1.5);
	evidence = aa_clamp(evidence, 0, 5) * (place_days - days) / place_days;
	if (why != NULL) {
		aa_buf_printf(why, "%s ", aa_known_what_name(what));
		if (days == 0) {
			aa_buf_printf(why, AA_SAY_NEVER, aa_shown(name, shown),
				      knowing, accounts);
		} else {
			aa_buf_printf(why, AA_SAY_SELDOM, aa_shown(name, shown),
				      days, days == 1 ? "day" : "days", place_days,
				      knowing, accounts);
		}
	}
	return evidence;
}
