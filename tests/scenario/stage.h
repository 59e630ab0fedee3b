#ifndef STAGE_H
#define STAGE_H

#include "engine.h"
#include "timeval.h"

/* What stories play on: accounts and sessions around the real engine, with the
   service's bookkeeping of leases and the last 24 hours in its simplest form.
   The time of the story is stage.now_ms. */

#define STAGE_ACCOUNTS 16
#define STAGE_SESSIONS 256
#define STAGE_EVENTS 4096

struct stage_event {
	int64_t at_ms;
	unsigned int bodies;
	bool unfamiliar;
};

struct stage_account {
	char name[AA_NAME_MAX];
	struct aa_baseline base;
	unsigned int event_count;
	struct stage_event events[STAGE_EVENTS];
};

struct stage_session {
	char name[AA_NAME_MAX];
	struct stage_account *account;
	struct aa_ip ip;
	struct aa_place place;
	char client[AA_NAME_MAX];
	enum aa_standing standing;
	struct aa_verdict why;		/* reasons of the standing */

	bool open, stopped;
	uint64_t granted, spent, reported;
	unsigned int first_time;	/* bodies in all … */
	unsigned int first_time_told;	/* … and of these in account->events */
	struct aa_verdict verdict;	/* the worst so far … */
	uint64_t verdict_at;		/* … and what was spent then */
};

struct stage {
	struct aa_policy policy;
	int64_t now_ms;
	unsigned int account_count, session_count;
	struct stage_account accounts[STAGE_ACCOUNTS];
	struct stage_session sessions[STAGE_SESSIONS];
};

void stage_init(struct stage *stage);
void stage_deinit(struct stage *stage);

/* NULL if there is no room for more. */
struct stage_account *stage_account(struct stage *stage, const char *name);
/* The open session of that name, or NULL. */
struct stage_session *stage_session(struct stage *stage, const char *name);

/* ip, place, client are filled in by the caller; place->network only if the AS
   number is known. Returns NULL if there is no room, or a session of this name is
   open. */
struct stage_session *
stage_login(struct stage *stage, const char *name,
	    const struct stage_session *from, const char *account);
/* Delivers one body. Returns false if the session was stopped before. */
bool stage_deliver(struct stage *stage, struct stage_session *session,
		   bool first_time);
/* The command is over: report, and the rest of the lease goes back. */
void stage_done(struct stage *stage, struct stage_session *session);
void stage_logout(struct stage *stage, struct stage_session *session);

/* Of the last 24 hours. */
struct aa_usage
stage_usage(const struct stage *stage, const struct stage_account *account);

#endif
