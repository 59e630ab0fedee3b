/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>
#include <string.h>

static void
moment_init(struct aa_moment *m, const struct aa_engine *engine,
	    struct aa_life *life, struct aa_visit *visit,
	    const struct aa_source *source, int64_t at_ms)
{
	memset(m, 0, sizeof(*m));
	m->engine = engine;
	m->policy = engine->policy;
	m->life = life;
	m->visit = visit;
	m->source = source;
	m->at_ms = at_ms;
	m->today = aa_day_hour_of(at_ms, &m->hour);
	m->client = source->client[0] == '\0' ? "-" : source->client;
}

static void verdict_init(struct aa_verdict *verdict)
{
	verdict->action = AA_ACTION_NONE;
	verdict->rule[0] = '\0';
	verdict->reason_count = 0;
}

/* --- standing --- */

/* The age of an account begins with its first successful login: a failed one is
   anybody's. */
static bool is_learning(const struct aa_moment *m)
{
	int site_days = m->today - aa_site_first_day(m->engine->site);
	int days = m->today - m->life->first_day;

	return m->life->first_day == 0 ||
		days < (int)m->policy->account_grace_days ||
		site_days < (int)m->policy->site_learn_days;
}

/* In a wholly familiar place a new device is the owner's; in one that is not
   quite, it makes up for a part. */
#define PLACE_MIN 0.2
#define DEVICE_SHARE 0.25

/* Evidence of a new client that makes a stranger of who else would be the
   traveller. */
#define TRAVEL_DEVICE 1

static bool is_new_device_on_travel(const struct aa_moment *m)
{
	return m->source->announced && !aa_network_is_familiar(m) &&
		m->visit->parts[AA_DET_NEW_CLIENT] >= 100 * TRAVEL_DEVICE;
}

static enum aa_standing standing_of(const struct aa_moment *m)
{
	const struct aa_thresholds *limits = &m->policy->limits;
	struct aa_score score;
	double device = 0;

	if (m->source->allowed ||
	    aa_policy_allows(m->policy, m->source->account, m->source->ip))
		return AA_STANDING_ALLOWED;
	if (m->source->place->is_private)
		return AA_STANDING_LOCAL;
	if (is_learning(m))
		return AA_STANDING_LEARNING;
	aa_score(m, AA_DETECTOR_REPORT, &score);
	if (score.families[AA_FAMILY_DEVICE] > 0)
		device = score.families[AA_FAMILY_DEVICE];
	return is_new_device_on_travel(m) || (score.novelty >= PLACE_MIN &&
		score.novelty + device * DEVICE_SHARE >= limits->unfamiliar_at) ?
		AA_STANDING_UNFAMILIAR : AA_STANDING_FAMILIAR;
}

/* --- verdicts --- */

bool aa_never_stops(const struct aa_place *place)
{
	return place->net_class == AA_NET_CLOUD;
}

/* The detector of behaviour that says most names the verdict. */
static enum aa_detector strongest(const struct aa_moment *m,
				  enum aa_detector_mode least)
{
	enum aa_detector best = AA_DET_BULK_READ;
	double most = 0;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		enum aa_detector det = (enum aa_detector)i;
		double part = m->policy->detectors[i] < least ? 0 :
			aa_part(m, det);

		if (aa_detectors[i].family == AA_FAMILY_BEHAVIOUR && part > most) {
			best = det;
			most = part;
		}
	}
	return best;
}

/* A decoy that was opened on another day is news. */
static int story_days(const struct aa_moment *m, enum aa_detector rule)
{
	return rule == AA_DET_CANARY ? 1 : (int)m->policy->story_days;
}

/* One story is told once: the same kind from the same network, or by the
   account's familiar sessions, is not repeated for days. */
static bool is_told(const struct aa_moment *m, enum aa_detector rule)
{
	struct aa_life *life = m->life;
	uint32_t where = m->visit->standing == AA_STANDING_UNFAMILIAR ?
		aa_table_hash(m->source->place->network) : 0;

	if ((m->visit->raised & (1U << rule)) != 0)
		return true;
	m->visit->raised |= 1U << rule;
	if (life->flagged_day[rule] != 0 &&
	    m->today - life->flagged_day[rule] < story_days(m, rule) &&
	    life->flagged_where[rule] == where)
		return true;
	life->flagged_day[rule] = m->today;
	life->flagged_where[rule] = where;
	return false;
}

/* What an odd session read new speaks for nobody. */
static void network_take_back(const struct aa_moment *m)
{
	struct aa_known *net = aa_known_find(&m->life->known[AA_KNOWN_NETWORK],
					     m->source->place->network);

	if (net == NULL || m->visit->standing != AA_STANDING_UNFAMILIAR)
		return;
	net->fresh -= net->fresh < m->visit->fresh ? net->fresh : m->visit->fresh;
}

static void
act(const struct aa_moment *m, enum aa_action action,
    struct aa_verdict *verdict_r)
{
	enum aa_detector rule = strongest(m, action == AA_ACTION_STOP ?
		AA_DETECTOR_ENFORCE : AA_DETECTOR_REPORT);

	if (!m->visit->odd)
		network_take_back(m);
	m->visit->odd = true;
	if (action == AA_ACTION_STOP)
		m->visit->stopped = true;
	else if (is_told(m, rule))
		return;
	verdict_r->action = action;
	aa_text_copy(verdict_r->rule, sizeof(verdict_r->rule),
		     aa_detectors[rule].name);
	aa_explain(m, verdict_r);
}

/* What can be stopped: who read old mail or a decoy, listed the mailbox, or
   searched for passwords. A list of the day's mail is nobody's theft. */
static bool has_acted(const struct aa_moment *m)
{
	const struct aa_visit *visit = m->visit;

	return visit->stale > 0 || visit->sensitive_searches > 0 ||
		visit->canaries > 0 ||
		visit->headers >= m->policy->limits.header_floor;
}

/* A short history calls too much unusual: it is shown, and stops nobody. */
static bool is_sure(const struct aa_moment *m)
{
	return m->today - m->life->first_day >= (int)m->policy->learn_days &&
		m->life->sessions >= m->policy->learn_sessions;
}

bool aa_must_stop(const struct aa_moment *m)
{
	struct aa_score score;

	if (m->visit->standing != AA_STANDING_UNFAMILIAR || !is_sure(m) ||
	    aa_never_stops(m->source->place) || !has_acted(m))
		return false;
	aa_score(m, AA_DETECTOR_ENFORCE, &score);
	return score.sum >= m->policy->limits.stop_at &&
		(score.strange >= PLACE_MIN || is_new_device_on_travel(m)) &&
		(aa_score_has_two_families(&score) ||
		 aa_canary_tripped(m, AA_DETECTOR_ENFORCE));
}

static bool must_show(const struct aa_moment *m)
{
	const struct aa_thresholds *limits = &m->policy->limits;
	struct aa_score score;

	aa_score(m, AA_DETECTOR_REPORT, &score);
	return score.sum >= limits->flag_at &&
		score.families[AA_FAMILY_BEHAVIOUR] >= limits->flag_behaviour_at;
}

/* A decoy speaks for itself, whatever is known of place and account. */
static bool can_judge(const struct aa_moment *m)
{
	switch (m->visit->standing) {
	case AA_STANDING_UNFAMILIAR:
	case AA_STANDING_FAMILIAR:
		return true;
	case AA_STANDING_LEARNING:
	case AA_STANDING_LOCAL:
		return aa_canary_tripped(m, AA_DETECTOR_REPORT);
	case AA_STANDING_ALLOWED:
	case AA_STANDING_COUNT:
		break;
	}
	return false;
}

static void judge(const struct aa_moment *m, struct aa_verdict *verdict_r)
{
	if (m->policy->mode < AA_MODE_REPORT || m->visit->stopped ||
	    !can_judge(m))
		return;
	if (aa_must_stop(m))
		act(m, AA_ACTION_STOP, verdict_r);
	else if (must_show(m))
		act(m, AA_ACTION_FLAG, verdict_r);
}

/* --- facts --- */

/* Most accounts come from this address: it says nothing of who they are. */
static bool is_crowd(const struct aa_moment *m)
{
	return aa_crowd_is(aa_site_crowd(m->engine->site), m->source->ip,
			   m->today, NULL);
}

static bool is_of_the_source(enum aa_family family)
{
	return family == AA_FAMILY_PLACE || family == AA_FAMILY_CROSS;
}

/* What an announced travel explains. Device and behaviour are what they are, and
   so is what others say of the source. */
static bool is_explained(const struct aa_moment *m, enum aa_detector det)
{
	return m->source->announced &&
		(det == AA_DET_NEW_COUNTRY || det == AA_DET_NEW_NETWORK ||
		 det == AA_DET_NEW_PREFIX || det == AA_DET_IMPOSSIBLE_TRAVEL ||
		 det == AA_DET_TWO_PLACES || det == AA_DET_UNUSUAL_HOUR);
}

static void weigh_login(const struct aa_moment *m)
{
	bool crowd = is_crowd(m);

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (aa_detectors[i].occasion != AA_AT_LOGIN ||
		    m->policy->detectors[i] == AA_DETECTOR_OFF ||
		    (m->source->client_untold && i == AA_DET_NEW_CLIENT) ||
		    (crowd && is_of_the_source(aa_detectors[i].family)) ||
		    is_explained(m, (enum aa_detector)i))
			continue;
		m->visit->parts[i] = (int16_t)
			lround(100 * aa_detectors[i].weigh(m, NULL));
	}
}

static void note_spot(const struct aa_moment *m)
{
	aa_life_spot_note(m->life, m->source->place, is_crowd(m) ||
			  aa_is_shared_egress(m->source->place->net_class),
			  m->at_ms);
}

static void note_source(const struct aa_moment *m)
{
	char prefix[AA_NET_TEXT_MAX];

	if (m->visit->standing == AA_STANDING_UNFAMILIAR) {
		aa_ip_prefix(m->source->ip, prefix);
		aa_site_trail_add(m->engine->site, AA_TRAIL_ODD, prefix,
				  m->source->account, m->at_ms);
	} else if (m->visit->standing == AA_STANDING_FAMILIAR ||
		   m->visit->standing == AA_STANDING_LEARNING) {
		note_spot(m);
	}
	aa_site_came(m->engine->site, m->source->account, m->source->ip,
		     m->today);
}

void aa_engine_login(const struct aa_engine *engine, struct aa_life *life,
		     struct aa_visit *visit_r, const struct aa_source *source,
		     int64_t at_ms)
{
	struct aa_moment m;

	memset(visit_r, 0, sizeof(*visit_r));
	moment_init(&m, engine, life, visit_r, source, at_ms);
	if (life->first_day != 0)
		weigh_login(&m);
	visit_r->standing = standing_of(&m);
	if (life->first_day == 0)
		aa_site_account_new(engine->site, m.today);
	else if (m.today < life->first_day)
		aa_site_account_older(engine->site, m.today);
	if (life->first_day == 0 || m.today < life->first_day)
		life->first_day = m.today;
	note_source(&m);
}

enum aa_standing
aa_engine_standing(const struct aa_engine *engine, struct aa_life *life,
		   const struct aa_source *source, int64_t at_ms)
{
	struct aa_visit visit;
	struct aa_moment m;

	memset(&visit, 0, sizeof(visit));
	moment_init(&m, engine, life, &visit, source, at_ms);
	if (life->first_day != 0)
		weigh_login(&m);
	return standing_of(&m);
}

void aa_engine_try(const struct aa_engine *engine, struct aa_life *life,
		   struct aa_visit *visit_r, const struct aa_source *source,
		   int64_t at_ms, struct aa_verdict *verdict_r)
{
	struct aa_moment m;

	memset(visit_r, 0, sizeof(*visit_r));
	verdict_init(verdict_r);
	moment_init(&m, engine, life, visit_r, source, at_ms);
	if (life->first_day != 0)
		weigh_login(&m);
	visit_r->standing = standing_of(&m);
	verdict_r->action = AA_ACTION_FLAG;
	aa_explain(&m, verdict_r);
}

void aa_engine_accept(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      int64_t at_ms)
{
	struct aa_moment m;

	moment_init(&m, engine, life, visit, source, at_ms);
	aa_accept(&m);
}

void aa_engine_failed(const struct aa_engine *engine,
		      const struct aa_source *source, int64_t at_ms)
{
	char ip[AA_IP_TEXT_MAX];

	aa_ip_format(source->ip, ip);
	aa_site_trail_add(engine->site, AA_TRAIL_FAILED, ip, source->account,
			  at_ms);
}

/* A client that lists before it reads sets itself up, or rebuilds its cache. */
static bool is_sync(const struct aa_moment *m)
{
	const struct aa_visit *visit = m->visit;
	unsigned int opened = visit->fresh + visit->stale + visit->again;

	return visit->headers >= m->policy->limits.header_floor ||
		(visit->headers > 20 && visit->headers > opened);
}

static void visit_add(const struct aa_moment *m, const struct aa_read_fact *fact)
{
	struct aa_visit *visit = m->visit;

	visit->fresh += fact->fresh;
	visit->stale += fact->stale;
	visit->again += fact->again;
	visit->headers += fact->headers;
	visit->old_headers += fact->old_headers;
	visit->canaries += fact->canaries;
	if (fact->fresh + fact->stale > 0)
		visit->boxes |= 1U << (fact->box & 31);
	if (is_sync(m))
		visit->sync = true;
}

static void
life_add_familiar(const struct aa_moment *m, const struct aa_read_fact *fact)
{
	struct aa_life_day *day = aa_life_day_get(m->life, m->today);

	day->bodies += fact->fresh + fact->stale;
	day->headers += fact->old_headers;
	if (!m->visit->sync)
		day->stale += fact->stale + fact->again;
	if (!m->source->place->is_private &&
	    !aa_life_spot_again(m->life, m->source->place, m->at_ms))
		note_spot(m);
}

/* What the network took: it stays until it lived long enough. */
static void
network_add(const struct aa_moment *m, const struct aa_read_fact *fact)
{
	struct aa_known *net = aa_known_get(&m->life->known[AA_KNOWN_NETWORK],
		aa_source_name(m, AA_KNOWN_NETWORK), m->today);

	if (m->today - net->last_day >= AA_KNOWN_HALF_DAYS) {
		net->stale /= 2;
		net->fresh /= 2;
	}
	if (net->days == 0)
		net->last_day = m->today;
	if (!m->visit->odd)
		net->fresh += fact->fresh;
	net->stale += fact->stale;
}

static void
life_add_unfamiliar(const struct aa_moment *m, const struct aa_read_fact *fact)
{
	struct aa_life_day *day = aa_life_day_get(m->life, m->today);

	if (fact->fresh + fact->stale == 0)
		return;
	/* The first sync of a mail app's cloud is not to eat the allowance of
	   the owner's other places. */
	if (!aa_never_stops(m->source->place)) {
		day->odd_bodies += fact->fresh + fact->stale;
		day->odd_stale += fact->stale;
	}
	network_add(m, fact);
}

void aa_engine_read(const struct aa_engine *engine, struct aa_life *life,
		    struct aa_visit *visit, const struct aa_source *source,
		    const struct aa_read_fact *fact,
		    struct aa_verdict *verdict_r)
{
	struct aa_moment m;

	verdict_init(verdict_r);
	moment_init(&m, engine, life, visit, source, fact->at_ms);
	m.owned = fact->owned;
	visit_add(&m, fact);
	if (visit->standing == AA_STANDING_UNFAMILIAR)
		life_add_unfamiliar(&m, fact);
	else if (visit->standing != AA_STANDING_ALLOWED)
		life_add_familiar(&m, fact);
	judge(&m, verdict_r);
	aa_teach(&m);
}

void aa_engine_logged(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      uint64_t opened, int64_t at_ms)
{
	struct aa_read_fact fact = { .at_ms = at_ms };
	struct aa_verdict none;

	if (visit->standing != AA_STANDING_UNFAMILIAR || opened == 0 ||
	    opened > AA_LOGGED_FRESH_MAX)
		return;
	fact.fresh = (unsigned int)opened;
	aa_engine_read(engine, life, visit, source, &fact, &none);
}

void aa_engine_search(const struct aa_engine *engine, struct aa_life *life,
		      struct aa_visit *visit, const struct aa_source *source,
		      const struct aa_search_fact *fact,
		      struct aa_verdict *verdict_r)
{
	struct aa_moment m;

	verdict_init(verdict_r);
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
	aa_teach(&m);
}

/* --- leases --- */

unsigned int aa_engine_left(const struct aa_engine *engine,
			    struct aa_life *life, struct aa_visit *visit,
			    const struct aa_source *source, int64_t at_ms)
{
	struct aa_moment m;

	moment_init(&m, engine, life, visit, source, at_ms);
	return aa_left(&m);
}

/* Half of what is left, so that several connections of one client each get
   something; the last messages go one by one, so that the end is exact. */
uint64_t aa_engine_lease(const struct aa_engine *engine,
			 struct aa_life *life, struct aa_visit *visit,
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
