/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "stage.h"
#include "engine-private.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Older than this, mail is old whoever had it. */
#define OLD_DAYS 30

void stage_init(struct stage *stage, bool reload)
{
	memset(stage, 0, sizeof(*stage));
	stage->reload = reload;
	stage->site = aa_site_new();
	stage->campaigns = aa_campaigns_new();
	stage->guesses = aa_guesses_new();
	stage->admin = admin_new();
	aa_policy_init(&stage->outside, AA_SENSITIVITY_NORMAL);
	stage->outside.mode = AA_MODE_ENFORCE;
	stage->policies.all = stage->outside;
}

static void account_free(void *context, void *entry)
{
	struct stage_account *account = entry;

	(void)context;
	aa_life_free(&account->life);
	aa_uidset_free(&account->opened);
	aa_uidset_free(&account->opened_odd);
	free(account->arrived);
}

void stage_deinit(struct stage *stage)
{
	aa_table_foreach(&stage->accounts, account_free, NULL);
	aa_table_free(&stage->accounts);
	aa_policies_free(&stage->policies);
	aa_site_free(&stage->site);
	aa_campaigns_free(&stage->campaigns);
	aa_guesses_free(&stage->guesses);
	admin_free(&stage->admin);
}

void stage_time(struct stage *stage, int64_t now_ms)
{
	stage->now_ms = now_ms;
	admin_until(stage->admin, now_ms);
}

int stage_policy(struct stage *stage, const char *line, struct aa_err *err)
{
	size_t len = strlen(stage->policy_text);

	stage->policies.all = stage->outside;
	if (snprintf(stage->policy_text + len, STAGE_POLICY_MAX - len, "%s\n",
		     line) >= (int)(STAGE_POLICY_MAX - len))
		return -1;
	return aa_policies_parse(&stage->policies, stage->policy_text, err);
}

struct stage_account *stage_account(struct stage *stage, const char *name)
{
	struct stage_account *account = aa_table_find(&stage->accounts, name);

	if (account == NULL) {
		account = aa_table_add(&stage->accounts, name, sizeof(*account));
		account->mails = STAGE_ARCHIVE;
	}
	return account;
}

struct stage_session *stage_session(struct stage *stage, const char *name)
{
	for (unsigned int i = 0; i < stage->session_count; i++) {
		struct stage_session *session = &stage->sessions[i];

		if (session->open && strcmp(session->name, name) == 0)
			return session;
	}
	return NULL;
}

/* Sessions that are over make room. */
static struct stage_session *session_new(struct stage *stage)
{
	for (unsigned int i = 0; i < stage->session_count; i++) {
		if (!stage->sessions[i].open)
			return &stage->sessions[i];
	}
	if (stage->session_count == STAGE_SESSIONS)
		return NULL;
	return &stage->sessions[stage->session_count++];
}

/* --- stored and loaded --- */

static bool site_line(void *context, const char *key, const char *state)
{
	aa_site_restore(context, key, state);
	return true;
}

static bool guess_line(void *context, const char *key, const char *state)
{
	struct stage *stage = context;

	return aa_guesses_restore(stage->guesses, key, state, stage->now_ms);
}

/* Tries are lines; who is at home where is told by the sessions. */
static void guesses_reload(struct stage *stage)
{
	struct aa_guesses *before = stage->guesses;
	unsigned int first = stage->home_count < STAGE_HOMES ? 0 :
		stage->home_count - STAGE_HOMES;

	if (!stage->reload)
		return;
	stage->guesses = aa_guesses_new();
	aa_guesses_change_all(before);
	aa_guesses_changed(before, guess_line, stage);
	aa_guesses_free(&before);
	for (unsigned int i = first; i < stage->home_count; i++) {
		const struct stage_home *home = &stage->homes[i % STAGE_HOMES];

		aa_guesses_succeeded(stage->guesses, &home->ip, home->account,
				     home->sure, home->at_ms);
	}
}

static void site_reload(struct stage *stage)
{
	struct aa_site *loaded = aa_site_new();

	aa_site_change_all(stage->site);
	aa_site_changed(stage->site, site_line, loaded);
	aa_site_free(&stage->site);
	stage->site = loaded;
}

static void life_reload(struct aa_life *life)
{
	char text[AA_LIFE_TEXT_MAX];
	struct aa_life loaded;

	memset(&loaded, 0, sizeof(loaded));
	aa_life_format(life, text);
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++) {
		/* A database hands out rows in its own order. */
		for (unsigned int j = life->known[i].count; j-- > 0; )
			aa_known_restore(&loaded.known[i], &life->known[i].known[j]);
	}
	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++)
		aa_life_restore_day(&loaded, &life->days[i]);
	(void)aa_life_parse(&loaded, text);
	aa_life_free(life);
	*life = loaded;
}

/* visit may be NULL. */
static void reload(struct stage *stage, struct stage_account *account,
		   struct aa_visit *visit)
{
	char text[AA_VISIT_TEXT_MAX], reach[AA_REACH_TEXT_MAX];

	if (!stage->reload)
		return;
	site_reload(stage);
	life_reload(&account->life);
	aa_reach_format(&account->reach, reach);
	aa_reach_parse(&account->reach, reach);
	if (visit == NULL)
		return;
	aa_visit_format(visit, text);
	(void)aa_visit_parse(visit, text);
}

/* --- sessions --- */

static struct aa_engine
engine_for(struct stage *stage, const struct stage_account *account)
{
	struct aa_engine engine = {
		aa_policies_for(&stage->policies, account->entry.key),
		stage->site
	};

	return engine;
}

static void source_complete(struct stage_session *session)
{
	struct aa_place *place = &session->place;

	place->is_private = aa_ip_is_private(&session->ip);
	if (place->asn == 0)
		aa_ip_prefix(&session->ip, place->network);
	else
		(void)snprintf(place->network, sizeof(place->network), "AS%u",
			       (unsigned int)place->asn);
	session->source = (struct aa_source){
		.account = session->account->entry.key,
		.ip = &session->ip, .place = place,
		.client = session->client, .protocol = session->protocol,
		.announced = session->announced
	};
}

/* As service/campaigns.c does, with the defaults of its settings. */
static void campaign_note(struct stage *stage, struct stage_session *session,
			  enum aa_part_taken part)
{
	static const struct aa_campaign_limits limits = { 3, 6 * AA_HOUR_MS };
	const struct aa_campaign_fact fact = {
		.part = part, .account = session->source.account,
		.ip = &session->ip, .network = session->place.network,
		.client = session->client, .at_ms = stage->now_ms
	};
	struct aa_campaign found;

	if (part != AA_PART_TRIED &&
	    (session->visit.standing != AA_STANDING_UNFAMILIAR ||
	     !aa_campaign_may_come_from(stage->site, &session->ip,
					&session->place, aa_day_of(stage->now_ms))))
		return;
	if (aa_campaigns_note(stage->campaigns, &limits, &fact, &found))
		session->campaign = found.accounts;
}

static void home_note(struct stage *stage, const struct stage_session *session)
{
	struct stage_home *home = &stage->homes[stage->home_count++ % STAGE_HOMES];

	aa_text_copy(home->account, sizeof(home->account), session->source.account);
	home->ip = session->ip;
	home->sure = session->visit.standing == AA_STANDING_FAMILIAR;
	home->at_ms = stage->now_ms;
	aa_guesses_succeeded(stage->guesses, &home->ip, home->account, home->sure,
			     home->at_ms);
}

struct stage_session *
stage_login(struct stage *stage, const char *name,
	    const struct stage_session *from, const char *account)
{
	struct stage_session *session;
	struct aa_engine engine;

	if (stage_session(stage, name) != NULL)
		return NULL;
	session = session_new(stage);
	if (session == NULL)
		return NULL;
	*session = *from;
	aa_text_copy(session->name, sizeof(session->name), name);
	session->account = stage_account(stage, account);
	session->open = true;
	source_complete(session);
	reload(stage, session->account, NULL);
	engine = engine_for(stage, session->account);
	aa_engine_login(&engine, &session->account->life, &session->visit,
			&session->source, stage->now_ms);
	if (session->visit.standing == AA_STANDING_FAMILIAR) {
		aa_campaigns_note_home(stage->campaigns, &session->ip,
				       session->source.account, stage->now_ms);
	}
	home_note(stage, session);
	campaign_note(stage, session, AA_PART_CAME);
	return session;
}

void stage_failed(struct stage *stage, const struct stage_session *from,
		  const char *account, const char *password)
{
	struct stage_session session = *from;
	struct aa_engine engine;

	session.account = stage_account(stage, account);
	source_complete(&session);
	engine = engine_for(stage, session.account);
	aa_engine_failed(&engine, &session.source, stage->now_ms);
	campaign_note(stage, &session, AA_PART_TRIED);
	aa_guesses_failed(stage->guesses, &session.ip, account, password,
			  stage->now_ms);
}

/* As service/policy-login.c does. */
void stage_auth(struct stage *stage, const struct stage_session *from,
		const char *account, struct decide_answer *answer_r)
{
	struct stage_session session = *from;
	struct aa_engine engine;
	struct aa_guess guess;

	session.account = stage_account(stage, account);
	source_complete(&session);
	engine = engine_for(stage, session.account);
	guesses_reload(stage);
	aa_guesses_weigh(stage->guesses, &session.ip, account, stage->now_ms,
			 &guess);
	const struct decide_case login = {
		.mode = engine.policy->mode, .guess = &guess,
		.allowed = aa_policy_allows(engine.policy, account, &session.ip),
		.is_private = session.place.is_private,
		.is_crowd = aa_crowd_is(aa_site_crowd(stage->site), &session.ip,
					aa_day_of(stage->now_ms), NULL),
		.familiar = session.account->life.sessions > 0 &&
			aa_engine_standing(&engine, &session.account->life,
					   &session.source, stage->now_ms) !=
			AA_STANDING_UNFAMILIAR,
	};
	decide_login(&login, answer_r);
}

static void admin_note(struct stage *stage, struct stage_session *session,
		       enum aa_mode mode)
{
	const struct admin_fact fact = {
		.account = session->source.account, .place = &session->place,
		.client = session->client, .campaign = session->campaign > 0,
		.enforced = session->stopped, .mode = mode,
		.verdict = &session->verdict,
		.messages = session->spent - session->told
	};

	session->told = session->spent;
	if (stage->reload)
		admin_reload(stage->admin);
	admin_judged(stage->admin, &fact);
}

static void session_judged(struct stage *stage, struct stage_session *session,
			   const struct aa_verdict *verdict)
{
	struct aa_engine engine = engine_for(stage, session->account);

	if (verdict->action <= session->verdict.action)
		return;
	session->verdict = *verdict;
	campaign_note(stage, session, AA_PART_ACTED);
	session->verdict_at = session->spent;
	session->stopped = verdict->action == AA_ACTION_STOP &&
		engine.policy->mode == AA_MODE_ENFORCE;
	admin_note(stage, session, engine.policy->mode);
}

void stage_logout(struct stage *stage, struct stage_session *session)
{
	struct aa_engine engine = engine_for(stage, session->account);

	reload(stage, session->account, &session->visit);
	session->open = false;
	aa_engine_logout(&engine, &session->account->life, &session->visit,
			 &session->source, stage->now_ms);
}

/* --- mail --- */

uint32_t stage_arrive(struct stage *stage, struct stage_account *account)
{
	unsigned int count = account->mails - STAGE_ARCHIVE;

	account->arrived = aa_realloc(account->arrived,
				      (count + 1) * sizeof(int));
	account->arrived[count] = aa_day_of(stage->now_ms);
	return ++account->mails;
}

static bool is_unfamiliar(const struct stage_session *session)
{
	return session->visit.standing == AA_STANDING_UNFAMILIAR;
}

uint32_t stage_archived(const struct stage_session *session, uint32_t after,
			bool is_opened)
{
	const struct aa_uidset *set = is_unfamiliar(session) ?
		&session->account->opened_odd : &session->account->opened;

	for (uint32_t uid = after + 1; uid <= STAGE_ARCHIVE; uid++) {
		if (aa_uidset_contains(set, uid) == is_opened)
			return uid;
	}
	return 0;
}

static bool is_stale(const struct stage *stage,
		     const struct stage_account *account, uint32_t uid)
{
	int today = aa_day_of(stage->now_ms);

	return uid <= STAGE_ARCHIVE ||
		uid <= aa_reach_stale(&account->reach, today) ||
		today - account->arrived[uid - STAGE_ARCHIVE - 1] > OLD_DAYS;
}

static void report(struct stage *stage, struct stage_session *session)
{
	struct stage_account *account = session->account;
	struct aa_read_fact fact = session->fact;
	struct aa_verdict verdict;
	struct aa_engine engine;

	session->reported = session->spent;
	memset(&session->fact, 0, sizeof(session->fact));
	if (fact.fresh + fact.stale + fact.again + fact.headers == 0)
		return;
	reload(stage, account, &session->visit);
	engine = engine_for(stage, account);
	fact.at_ms = stage->now_ms;
	fact.box = aa_table_hash(session->box);
	fact.owned = account->mails;
	aa_engine_read(&engine, &account->life, &session->visit,
		       &session->source, &fact, &verdict);
	session_judged(stage, session, &verdict);
	if (!is_unfamiliar(session) && !session->visit.odd && session->top > 0)
		aa_reach_note(&account->reach, aa_day_of(stage->now_ms),
			      session->top);
	session->top = 0;
}

static uint64_t
outstanding(const struct stage *stage, const struct stage_account *account)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < stage->session_count; i++) {
		const struct stage_session *session = &stage->sessions[i];

		if (session->account == account && session->open &&
		    !session->stopped && is_unfamiliar(session))
			sum += session->granted - session->reported;
	}
	return sum;
}

static void ask(struct stage *stage, struct stage_session *session)
{
	struct aa_engine engine;

	report(stage, session);
	engine = engine_for(stage, session->account);
	session->granted += aa_engine_lease(&engine, &session->account->life,
		&session->visit, &session->source,
		outstanding(stage, session->account), stage->now_ms);
}

static void open_message(struct stage *stage, struct stage_session *session,
			 uint32_t uid)
{
	struct stage_account *account = session->account;
	bool stale = is_stale(stage, account, uid);
	uint64_t first = aa_uidset_add(&account->opened, uid);

	if (is_unfamiliar(session))
		first = aa_uidset_add(&account->opened_odd, uid);
	if (first > 0 && stale)
		session->fact.stale++;
	else if (first > 0)
		session->fact.fresh++;
	else if (stale)
		session->fact.again++;
	if (uid > session->top)
		session->top = uid;
}

bool stage_deliver(struct stage *stage, struct stage_session *session,
		   uint32_t uid)
{
	if (!session->stopped && session->spent == session->granted)
		ask(stage, session);
	if (session->stopped)
		return false;
	session->spent++;
	open_message(stage, session, uid);
	return true;
}

bool stage_canary(struct stage *stage, struct stage_session *session)
{
	uint32_t uid = stage_archived(session, 0, false);

	if (!stage_deliver(stage, session, uid))
		return false;
	session->fact.canaries++;
	return true;
}

void stage_done(struct stage *stage, struct stage_session *session)
{
	report(stage, session);
	session->granted = session->spent;
}

void stage_headers(struct stage *stage, struct stage_session *session,
		   unsigned int count, unsigned int old)
{
	if (session->stopped)
		return;
	session->fact.headers = count;
	session->fact.old_headers = old;
	report(stage, session);
}

void stage_search(struct stage *stage, struct stage_session *session,
		  unsigned int hits, bool sensitive)
{
	struct aa_search_fact fact = { stage->now_ms, hits, sensitive };
	struct aa_verdict verdict;
	struct aa_engine engine;

	if (session->stopped)
		return;
	reload(stage, session->account, &session->visit);
	engine = engine_for(stage, session->account);
	aa_engine_search(&engine, &session->account->life, &session->visit,
			 &session->source, &fact, &verdict);
	session_judged(stage, session, &verdict);
}

/* --- questions --- */

unsigned int stage_left(struct stage *stage, struct stage_session *session)
{
	struct aa_engine engine = engine_for(stage, session->account);

	return aa_engine_left(&engine, &session->account->life,
			      &session->visit, &session->source, stage->now_ms);
}

/* The moment points to engine. */
static struct aa_moment
moment_of(struct stage *stage, struct stage_session *session,
	  const struct aa_engine *engine)
{
	struct aa_moment moment = {
		.engine = engine, .policy = engine->policy,
		.life = &session->account->life, .visit = &session->visit,
		.source = &session->source, .at_ms = stage->now_ms,
		.today = aa_day_of(stage->now_ms),
		.owned = session->account->mails,
		.client = session->client[0] == '\0' ? "-" : session->client,
	};

	return moment;
}

unsigned int stage_taken(struct stage *stage, struct stage_session *session)
{
	struct aa_engine engine = engine_for(stage, session->account);
	struct aa_moment moment = moment_of(stage, session, &engine);

	return aa_stale_today(&moment);
}

double stage_score(struct stage *stage, struct stage_session *session)
{
	struct aa_engine engine = engine_for(stage, session->account);
	struct aa_moment moment = moment_of(stage, session, &engine);
	struct aa_score score;

	aa_score(&moment, AA_DETECTOR_REPORT, &score);
	return score.sum;
}

double stage_evidence(struct stage *stage, struct stage_session *session,
		      enum aa_detector detector)
{
	struct aa_engine engine = engine_for(stage, session->account);
	struct aa_moment moment = moment_of(stage, session, &engine);

	return aa_part(&moment, detector);
}

void stage_why(struct stage *stage, struct stage_session *session,
	       enum aa_detector detector, char text_r[2 * AA_REASON_MAX])
{
	struct aa_engine engine = engine_for(stage, session->account);
	struct aa_moment moment = moment_of(stage, session, &engine);
	struct aa_buf buf;

	aa_buf_init(&buf, text_r, 2 * AA_REASON_MAX);
	(void)aa_detectors[detector].weigh(&moment, &buf);
}
