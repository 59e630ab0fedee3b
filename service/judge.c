/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "campaigns.h"
#include "client-id.h"
#include "judge.h"
#include "neighbours.h"
#include "orders.h"
#include "persist.h"
#include "timeval.h"

/* One call of the engine. */
struct judge {
	struct aa_engine engine;
	struct aa_source source;
	char client[AA_NAME_MAX];
	/* What the account knew of this source before the call. */
	struct aa_known before[AA_KNOWN_WHAT_COUNT];
};

static const char *
judge_name(const struct aa_source *source, enum aa_known_what what)
{
	switch (what) {
	case AA_KNOWN_COUNTRY:
		return source->place->country;
	case AA_KNOWN_NETWORK:
		return source->place->network;
	case AA_KNOWN_CLIENT:
		return *source->client == '\0' ? "-" : source->client;
	case AA_KNOWN_PROTOCOL:
		return source->protocol;
	case AA_KNOWN_WHAT_COUNT:
		break;
	}
	i_unreached();
}

static const struct aa_known *
judge_known(const struct judge *judge, const struct account *account,
	    enum aa_known_what what)
{
	return aa_known_find(&account->life.known[what],
			     judge_name(&judge->source, what));
}

/* URLs that a client hands out are fetched by a process of their own. */
static const char *judge_protocol(const char *service)
{
	return strncmp(service, "imap", 4) == 0 ? "imap" : service;
}

static void judge_init(struct judge *judge_r, const struct session *session)
{
	const struct account *account = session->account;
	const struct aa_rec_session *rec = &session->rec;
	unsigned int what;

	i_zero(judge_r);
	judge_r->engine.policy = account->policy;
	judge_r->engine.site = session->audit->neighbours->site;
	aa_client_family(rec->login.client, judge_r->client);
	judge_r->source = (struct aa_source) {
		.account = rec->login.account,
		.ip = &rec->login.remote,
		.place = &rec->place,
		.client = judge_r->client,
		.protocol = judge_protocol(rec->login.service),
		.allowed = orders_allowed(session->audit, rec->login.account,
					  &rec->place, &rec->login.remote),
		.announced = orders_announced(session->audit, rec->login.account,
					      &rec->place),
		.client_untold = session_is_logged(session) &&
			*rec->login.client == '\0',
	};
	for (what = 0; what < AA_KNOWN_WHAT_COUNT; what++) {
		const struct aa_known *known =
			judge_known(judge_r, account, what);

		if (known != NULL)
			judge_r->before[what] = *known;
	}
}

/* Puts what the engine has learned of this source. */
static void judge_put(const struct judge *judge, struct session *session)
{
	struct account *account = session->account;
	unsigned int what;

	for (what = 0; what < AA_KNOWN_WHAT_COUNT; what++) {
		const struct aa_known *known =
			judge_known(judge, account, what);

		if (known != NULL && memcmp(known, &judge->before[what],
					    sizeof(*known)) != 0)
			account_put_known(account, what, known);
	}
	account->rec.sessions = account->life.sessions;
	account->dirty = TRUE;
	session->rec.standing = session->visit.standing;
	session->dirty = TRUE;
}

/* What the session did before it named its client stays done. */
static void judge_rename(struct session *session, const struct aa_visit *before)
{
	struct aa_visit visit = *before;

	visit.standing = session->visit.standing;
	memcpy(visit.parts, session->visit.parts, sizeof(visit.parts));
	session->visit = visit;
}

/* Whose place it is, is not to be shut out there for what others do. */
static void judge_note_home(const struct session *session)
{
	const struct aa_login *login = &session->rec.login;

	if (session->visit.standing == AA_STANDING_FAMILIAR &&
	    !session->imported) {
		aa_guesses_succeeded(session->audit->neighbours->guesses,
				     &login->remote, login->account, TRUE,
				     session_now_ms(session));
		campaigns_home(session);
	}
}

bool judge_begin(struct session *session)
{
	struct aa_visit before;
	struct judge judge;

	if (!session_bind(session))
		return FALSE;
	if (session->visited && !session->renamed)
		return TRUE;
	before = session->visit;
	judge_init(&judge, session);
	aa_engine_login(&judge.engine, &session->account->life, &session->visit,
			&judge.source, session_now_ms(session));
	if (session->visited)
		judge_rename(session, &before);
	session->visited = TRUE;
	session->renamed = FALSE;
	judge_put(&judge, session);
	judge_note_home(session);
	return TRUE;
}

void judge_read(struct session *session, const struct aa_read_fact *fact,
		struct aa_verdict *verdict_r)
{
	struct judge judge;

	judge_init(&judge, session);
	aa_engine_read(&judge.engine, &session->account->life, &session->visit,
		       &judge.source, fact, verdict_r);
	judge_put(&judge, session);
	account_put_daily(session->account, aa_day_of(fact->at_ms));
}

void judge_logged(struct session *session)
{
	int64_t at_ms = session_now_ms(session);
	struct judge judge;

	judge_init(&judge, session);
	aa_engine_logged(&judge.engine, &session->account->life, &session->visit,
			 &judge.source, session->rec.bodies, at_ms);
	judge_put(&judge, session);
	account_put_daily(session->account, aa_day_of(at_ms));
}

void judge_search(struct session *session, const struct aa_search_fact *fact,
		  struct aa_verdict *verdict_r)
{
	struct judge judge;

	judge_init(&judge, session);
	aa_engine_search(&judge.engine, &session->account->life, &session->visit,
			 &judge.source, fact, verdict_r);
	judge_put(&judge, session);
}

void judge_teach(struct session *session)
{
	int taught_day = session->visit.taught_day;
	struct judge judge;

	judge_init(&judge, session);
	aa_engine_logout(&judge.engine, &session->account->life, &session->visit,
			 &judge.source, session->rec.last_ms);
	if (session->visit.taught_day != taught_day)
		judge_put(&judge, session);
}

static void judge_accept_session(struct session *session)
{
	struct judge judge;

	judge_init(&judge, session);
	aa_engine_accept(&judge.engine, &session->account->life, &session->visit,
			 &judge.source, audit_now_ms());
	judge_put(&judge, session);
	session->account->life_dirty = TRUE;
}

/* It is in no memory: its row alone. */
static void
judge_accept_stored(struct account *account, const struct aa_rec_session *rec)
{
	struct session session = {
		.audit = account->audit, .account = account, .rec = *rec,
	};
	char visit[AA_VISIT_TEXT_MAX];
	uint64_t ticket = 0;

	if (aa_visit_parse(&session.visit, rec->visit) < 0)
		session.visit.standing = rec->standing;
	judge_accept_session(&session);
	aa_visit_format(&session.visit, visit);
	session.rec.visit = visit;
	(void)persist_ticket(account->audit, aa_writer_put_session(
			     account->audit->persist->writer, &session.rec),
			     &ticket);
}

void judge_accept(struct account *account, const struct aa_rec_session *rec)
{
	struct session *session = session_find(account->audit, rec->login.key);

	if (session != NULL && session->account == account && session->visited) {
		judge_accept_session(session);
		session_settle(session);
	} else if (session == NULL) {
		judge_accept_stored(account, rec);
	}
}

void judge_try(struct session *session, struct aa_verdict *verdict_r,
	       unsigned int *left_r)
{
	struct aa_life *life = &session->account->life;
	int64_t now_ms = audit_now_ms();
	struct judge judge;

	judge_init(&judge, session);
	aa_engine_try(&judge.engine, life, &session->visit, &judge.source, now_ms,
		      verdict_r);
	session->rec.standing = session->visit.standing;
	*left_r = aa_engine_left(&judge.engine, life, &session->visit,
				 &judge.source, now_ms);
}

uint64_t judge_lease(struct session *session, uint64_t outstanding, bool waiting)
{
	struct aa_life *life = &session->account->life;
	int64_t now_ms = session_now_ms(session);
	struct judge judge;

	judge_init(&judge, session);
	if (!waiting && session->audit->mode == AA_MODE_ENFORCE &&
	    aa_engine_left(&judge.engine, life, &session->visit, &judge.source,
			   now_ms) <= outstanding)
		return 0;
	return aa_engine_lease(&judge.engine, life, &session->visit,
			       &judge.source, outstanding, now_ms);
}
