/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Only a life teaches: a session that took new mail, and not much old. */

#include "engine-private.h"

/* Counts of hours are halved together at that, so that a life that changes is
   followed. */
#define HOUR_MAX 1000

const char *aa_source_name(const struct aa_moment *m, enum aa_known_what what)
{
	const struct aa_place *place = m->source->place;

	switch (what) {
	case AA_KNOWN_COUNTRY:
		return place->is_private ? "" : place->country;
	case AA_KNOWN_NETWORK:
		return place->is_private ? "" : place->network;
	case AA_KNOWN_CLIENT:
		return m->source->client_untold ? "" : m->client;
	case AA_KNOWN_PROTOCOL:
		return m->source->protocol;
	case AA_KNOWN_WHAT_COUNT:
		break;
	}
	return "";
}

/* So much of what it takes to be stopped must not speak against a session from
   the start, or patience would be enough to become familiar. */
#define TEACH_SHARE 0.8

static bool is_suspect(const struct aa_moment *m)
{
	const int16_t *parts = m->visit->parts;
	struct aa_score score;

	aa_score(m, AA_DETECTOR_ENFORCE, &score);
	return parts[AA_DET_SPRAYED_SOURCE] > 0 ||
		parts[AA_DET_MANY_MAILBOXES] > 0 ||
		score.sum - score.families[AA_FAMILY_BEHAVIOUR] >=
		m->policy->limits.stop_at * TEACH_SHARE;
}

/* A session in a familiar place lives; a stranger has to show it, by new mail
   and by what was read from the network so far. What is allowed anything is no
   life. */
static bool visit_lives(const struct aa_moment *m)
{
	const struct aa_known *net = aa_network_known(m);

	if (m->visit->odd || m->visit->standing == AA_STANDING_ALLOWED)
		return false;
	if (m->visit->standing != AA_STANDING_UNFAMILIAR)
		return true;
	if (is_suspect(m))
		return false;
	return m->visit->fresh > 0 &&
		(net == NULL || net->stale <= net->fresh / 2);
}

static void teach_name(const struct aa_moment *m, enum aa_known_what what)
{
	const char *name = aa_source_name(m, what);
	struct aa_known *known;

	if (name[0] == '\0')
		return;
	known = aa_known_get(&m->life->known[what], name, m->today);
	if (known->days == 0)
		aa_site_learned(m->engine->site, what, name);
	else if (aa_known_teach_late(known, m->today) || m->today <= known->last_day)
		return; /* that day is counted */
	known->days = aa_known_days(known, m->today) + 1;
	if (m->today > known->last_day)
		known->last_day = m->today;
}

static void teach_prefix(const struct aa_moment *m)
{
	struct aa_known *net = aa_known_find(&m->life->known[AA_KNOWN_NETWORK],
					     m->source->place->network);

	if (aa_life_add_prefix(m->life, m->source->ip, m->today) && net != NULL)
		net->prefix_days++;
}

static void teach_hour(const struct aa_moment *m)
{
	uint16_t *hours = m->life->hours;

	if (++hours[aa_life_hour(m->today, m->hour)] < HOUR_MAX)
		return;
	for (unsigned int i = 0; i < AA_LIFE_HOURS; i++)
		hours[i] /= 2;
}

void aa_teach(const struct aa_moment *m)
{
	if (!visit_lives(m) || m->visit->taught_day == m->today)
		return;
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++)
		teach_name(m, (enum aa_known_what)i);
	if (!m->source->place->is_private) {
		teach_prefix(m);
		if (m->visit->taught_day == 0) {
			m->life->sessions++;
			teach_hour(m);
		}
	}
	m->visit->taught_day = m->today;
	aa_life_active(m->life, m->today);
	if (m->at_ms > m->life->last_ms)
		m->life->last_ms = m->at_ms;
}
