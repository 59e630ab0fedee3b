/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>
#include <string.h>

static void
moment_init(struct aa_moment *m, const struct aa_engine *engine,
	    struct aa_life *life, struct aa_visit *visit,
	    const struct aa_source *source, int64_t at_ms)
{
	m->engine = engine;
	m->policy = engine->policy;
	m->life = life;
	m->visit = visit;
	m->source = source;
	m->at_ms = at_ms;
	m->today = aa_day_of(at_ms);
	m->client = source->client[0] == '\0' ? "-" : source->client;
}

static const char *
source_name(const struct aa_moment *m, enum aa_known_what what)
{
	const struct aa_place *place = m->source->place;

	switch (what) {
	case AA_KNOWN_COUNTRY:
		return place->is_private ? "" : place->country;
	case AA_KNOWN_NETWORK:
		return place->is_private ? "" : place->network;
	case AA_KNOWN_CLIENT:
		return m->client;
	case AA_KNOWN_PROTOCOL:
		return m->source->protocol;
	case AA_KNOWN_WHAT_COUNT:
		break;
	}
	return "";
}

/* --- teaching --- */

static void teach_name(struct aa_moment *m, enum aa_known_what what)
{
	const char *name = source_name(m, what);
	struct aa_known *known;

	if (name[0] == '\0')
		return;
	known = aa_known_get(&m->life->known[what], name, m->today);
	if (known->days == 0) {
		known->days = 1;
		known->last_day = m->today;
		aa_site_learned(m->engine->site, what, name);
	} else if (m->today > known->last_day || m->visit->taught_day == 0) {
		if (m->today != known->last_day)
			known->days++;
		known->last_day = m->today;
	}
}

/* Sessions that lived like an owner: new mail, and not much old. */
static bool lives(const struct aa_moment *m)
{
	const struct aa_known *net = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], source_name(m, AA_KNOWN_NETWORK));

	if (m->visit->odd)
		return false;
	if (m->visit->standing == AA_STANDING_UNFAMILIAR)
		return m->visit->fresh > 0 &&
			(net == NULL || net->stale * 2 <= net->fresh);
	return true;
}

static void teach(struct aa_moment *m)
{
	bool prefix_new;
	struct aa_known *net;

	if (!lives(m) || m->visit->taught_day == m->today)
		return;
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++)
		teach_name(m, (enum aa_known_what)i);
	prefix_new = aa_life_add_prefix(m->life, m->source->ip, m->today);
	net = aa_known_find(&m->life->known[AA_KNOWN_NETWORK],
			    source_name(m, AA_KNOWN_NETWORK));
	if (net != NULL && prefix_new)
		net->prefix_days++;
	if (m->visit->taught_day == 0) {
		unsigned int hour = aa_life_hour(m->at_ms);

		m->life->sessions++;
		if (++m->life->hours[hour] == 1000) {
			for (unsigned int i = 0; i < AA_LIFE_HOURS; i++)
				m->life->hours[i] /= 2;
		}
	}
	m->visit->taught_day = m->today;
	aa_life_active(m->life, m->today);
	m->life->last_ms = m->at_ms;
}

/* --- verdicts --- */

static bool is_young(const struct aa_moment *m)
{
	return m->life->first_day == 0 ||
		m->today - m->life->first_day < (int)m->policy->tune[5] ||
		m->today - aa_site_first_day(m->engine->site) <
		(int)m->policy->site_learn_days;
}

static enum aa_standing standing(const struct aa_moment *m)
{
	struct aa_score score;

	if (aa_policy_allows(m->policy, m->source->account, m->source->ip))
		return AA_STANDING_ALLOWED;
	if (m->source->place->is_private)
		return AA_STANDING_LOCAL;
	if (is_young(m))
		return AA_STANDING_LEARNING;
	aa_score(m, AA_DETECTOR_REPORT, &score);
	return score.novelty >= m->policy->limits.unfamiliar_at ||
		score.families[AA_FAMILY_DEVICE] >= m->policy->tune[8] ?
		AA_STANDING_UNFAMILIAR : AA_STANDING_FAMILIAR;
}

static void verdict_begin(struct aa_verdict *verdict)
{
	verdict->action = AA_ACTION_NONE;
	verdict->rule[0] = '\0';
	verdict->reason_count = 0;
}

/* The detector that says most of what was done. */
static enum aa_detector strongest(const struct aa_moment *m)
{
	enum aa_detector best = AA_DET_BULK_READ;
	double most = 0;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		double part = aa_part(m, (enum aa_detector)i, NULL);

		if (aa_detectors[i].family == AA_FAMILY_BEHAVIOUR && part > most) {
			best = (enum aa_detector)i;
			most = part;
		}
	}
	return best;
}

static void
act(const struct aa_moment *m, enum aa_action action, struct aa_verdict *verdict_r)
{
	enum aa_detector rule = strongest(m);

	if (action == AA_ACTION_FLAG) {
		int *flagged = &m->life->flagged_day[rule];
		uint32_t where = m->visit->standing == AA_STANDING_UNFAMILIAR ?
			aa_table_hash(m->source->place->network) : 0;

		m->visit->odd = true;
		if ((m->visit->raised & (1U << rule)) != 0)
			return;
		m->visit->raised |= 1U << rule;
		if (*flagged != 0 && m->today - *flagged < (int)m->policy->story_days &&
		    m->life->flagged_where[rule] == where)
			return;
		*flagged = m->today;
		m->life->flagged_where[rule] = where;
	}
	m->visit->odd = true;
	m->visit->stopped = action == AA_ACTION_STOP;
	verdict_r->action = action;
	aa_text_copy(verdict_r->rule, sizeof(verdict_r->rule), aa_detectors[rule].name);
	aa_explain(m, verdict_r);
}

static bool two_families(const struct aa_score *score)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < AA_FAMILY_COUNT; i++)
		count += score->families[i] >= 1 ? 1 : 0;
	return count >= 2;
}

static void judge(const struct aa_moment *m, struct aa_verdict *verdict_r)
{
	struct aa_score score;

	if (m->policy->mode < AA_MODE_REPORT || m->visit->stopped ||
	    (m->visit->standing != AA_STANDING_UNFAMILIAR &&
	     m->visit->standing != AA_STANDING_FAMILIAR))
		return;
	aa_score(m, AA_DETECTOR_ENFORCE, &score);
	if (m->visit->standing == AA_STANDING_UNFAMILIAR &&
	    m->source->place->net_class != AA_NET_CLOUD &&
	    score.sum >= m->policy->limits.stop_at && two_families(&score) &&
	    score.strange >= 1 &&
	    m->visit->stale + m->visit->headers + m->visit->sensitive_searches > 0) {
		act(m, AA_ACTION_STOP, verdict_r);
		return;
	}
	aa_score(m, AA_DETECTOR_REPORT, &score);
	if (score.sum >= m->policy->limits.flag_at &&
	    score.families[AA_FAMILY_BEHAVIOUR] >= m->policy->tune[12])
		act(m, AA_ACTION_FLAG, verdict_r);
}

/* --- facts --- */

void aa_engine_login(const struct aa_engine *engine, struct aa_life *life,
		     struct aa_visit *visit_r, const struct aa_source *source,
		     int64_t at_ms, struct aa_verdict *verdict_r)
{
	struct aa_moment m;

	verdict_begin(verdict_r);
	memset(visit_r, 0, sizeof(*visit_r));
	moment_init(&m, engine, life, visit_r, source, at_ms);
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT && life->first_day != 0; i++) {
		if (aa_detectors[i].occasion == AA_AT_LOGIN &&
		    engine->policy->detectors[i] != AA_DETECTOR_OFF) {
			visit_r->parts[i] = (int16_t)lround(100 *
				aa_detectors[i].weigh(&m, NULL));
		}
	}
	visit_r->standing = standing(&m);
	if (life->first_day == 0) {
		life->first_day = m.today;
		aa_site_account_new(engine->site, m.today);
	}
	if (visit_r->standing == AA_STANDING_UNFAMILIAR) {
		char prefix[AA_NET_TEXT_MAX];

		aa_ip_prefix(source->ip, prefix);
		aa_site_trail_add(engine->site, AA_TRAIL_ODD, prefix, source->account, at_ms);
	}
	if (visit_r->standing == AA_STANDING_FAMILIAR ||
	    visit_r->standing == AA_STANDING_LEARNING)
		aa_life_spot_note(life, source->place, at_ms);
}

void aa_engine_failed(const struct aa_engine *engine,
		      const struct aa_source *source, int64_t at_ms)
{
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(source->ip, ip);
	aa_site_trail_add(engine->site, AA_TRAIL_FAILED, ip, source->account, at_ms);
}

void aa_engine_read(const struct aa_engine *engine, struct aa_life *life,
		    struct aa_visit *visit, const struct aa_source *source,
		    const struct aa_read_fact *fact,
		    struct aa_verdict *verdict_r)
{
	bool odd = visit->standing == AA_STANDING_UNFAMILIAR;
	struct aa_life_day *day;
	struct aa_moment m;
	const char *net;

	verdict_begin(verdict_r);
	moment_init(&m, engine, life, visit, source, fact->at_ms);
	visit->fresh += fact->fresh;
	visit->stale += fact->stale;
	visit->again += fact->again;
	visit->headers += fact->headers;
	visit->old_headers += fact->old_headers;
	if (fact->fresh + fact->stale > 0)
		visit->boxes |= 1U << (fact->box & 31);
	m.owned = fact->owned;
	if (visit->headers >= engine->policy->limits.header_floor ||
	    (visit->headers > 20 && visit->headers > visit->fresh + visit->stale))
		visit->sync = true;
	day = aa_life_day_get(life, m.today);
	if (odd) {
		if (source->place->net_class != AA_NET_CLOUD) {
			day->odd_bodies += fact->fresh + fact->stale;
			day->odd_stale += fact->stale;
		}
	} else {
		day->bodies += fact->fresh + fact->stale;
		if (!visit->sync)
			day->stale += fact->stale + fact->again;
		day->headers += fact->old_headers;
		aa_life_spot_note(life, source->place, fact->at_ms);
	}
	net = source_name(&m, AA_KNOWN_NETWORK);
	if (odd && net[0] != '\0' && fact->fresh + fact->stale > 0) {
		struct aa_known *known = aa_known_get(&life->known[AA_KNOWN_NETWORK], net, m.today);

		if (m.today - known->last_day >= AA_KNOWN_HALF_DAYS) {
			known->stale /= 2;
			known->fresh /= 2;
		}
		if (known->days == 0)
			known->last_day = m.today;
		known->fresh += fact->fresh;
		known->stale += fact->stale;
	}
	judge(&m, verdict_r);
	teach(&m);
}

void aa_engine_search(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      const struct aa_search_fact *fact,
		      struct aa_verdict *verdict_r)
{
	struct aa_moment m;

	verdict_begin(verdict_r);
	moment_init(&m, engine, life, visit, source, fact->at_ms);
	visit->searches++;
	visit->hits += fact->hits;
	if (fact->sensitive)
		visit->sensitive_searches++;
	judge(&m, verdict_r);
}

void aa_engine_logout(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      int64_t at_ms)
{
	struct aa_moment m;

	moment_init(&m, engine, life, visit, source, at_ms);
	teach(&m);
}

unsigned int aa_engine_left(const struct aa_engine *engine,
			    const struct aa_life *life,
			    const struct aa_visit *visit,
			    const struct aa_source *source, int64_t at_ms)
{
	struct aa_moment m;

	moment_init(&m, engine, (struct aa_life *)life, (struct aa_visit *)visit,
		    source, at_ms);
	return aa_left(&m);
}

/* Half of what is left, so that several connections of one client each get
   something; the last messages go one by one, so that the end is exact. */
uint64_t aa_engine_lease(const struct aa_engine *engine,
			 const struct aa_life *life,
			 const struct aa_visit *visit,
			 const struct aa_source *source, uint64_t outstanding,
			 int64_t at_ms)
{
	const struct aa_policy *policy = engine->policy;
	uint64_t left, half;

	if (visit->standing != AA_STANDING_UNFAMILIAR)
		return policy->lease_familiar > 0 ? policy->lease_familiar : 1;
	half = policy->lease_unfamiliar;
	if (policy->mode == AA_MODE_ENFORCE) {
		left = aa_engine_left(engine, life, visit, source, at_ms);
		left = left > outstanding ? left - outstanding : 0;
		half = left / 2 + left % 2;
	}
	if (half > policy->lease_unfamiliar)
		half = policy->lease_unfamiliar;
	return half > 0 ? half : 1;
}
