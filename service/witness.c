/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "gaps.h"
#include "neighbours.h"
#include "pairs.h"
#include "persist.h"
#include "policy-login.h"
#include "timeval.h"
#include "uidset.h"
#include "witness.h"

#include <stdlib.h>

/* How long one side waits for the other. A mail process announces itself within
   milliseconds; one whose service hung comes back within seconds. */
#define WITNESS_WAIT_MS AA_MINUTE_MS
#define WITNESS_SWEEP_MSECS (10 * 1000)
/* When the service ends, who has waited for so long is a gap, too. */
#define WITNESS_LAST_MS (5 * AA_SECOND_MS)
/* Sessions in a row that auth did not tell of: then it tells of none. One alone may
   have come another way, over ssh. */
#define WITNESS_SILENT 3

/* Periods that are kept: their text has room for more. */
#define WITNESS_PERIODS_MAX 16

struct witness {
	struct audit *audit;
	struct pairs *pairs;
	struct timeout *to_sweep;
	/* When auth told of logins: seconds since 1970, as UIDs are kept. */
	struct aa_uidset periods;
	/* It does: from this second on, if that is not in the set yet. */
	bool present;
	uint32_t since_s;
	bool dirty;
	unsigned int silent;		/* sessions in a row that it did not tell of */
	int64_t silent_ms;		/* the first of these */
	uint64_t seen, missing;
	int64_t missing_ms;		/* the last one */
};

void witness_init(struct audit *audit)
{
	audit->witness = i_new(struct witness, 1);
	audit->witness->audit = audit;
	audit->witness->pairs = pairs_new();
}

/* Services that load the plugin. Those of submission and ManageSieve read no mail. */
static bool witness_is_mail(const char *service)
{
	return strcmp(service, "imap") == 0 || strcmp(service, "pop3") == 0;
}

/* --- periods in which auth tells --- */

static uint32_t witness_second(int64_t at_ms)
{
	return (uint32_t)I_MIN(I_MAX(at_ms / AA_SECOND_MS, 1), UINT32_MAX);
}

static void witness_forget_oldest(struct witness *witness)
{
	struct aa_uidset kept = { .count = 0 };
	const struct aa_uidset *all = &witness->periods;

	for (unsigned int i = 1; i < all->count; i++) {
		(void)aa_uidset_add_range(&kept, all->ranges[i].first,
					  all->ranges[i].last);
	}
	aa_uidset_free(&witness->periods);
	witness->periods = kept;
}

/* It has told up to now. */
static void witness_extend(struct witness *witness, int64_t at_ms)
{
	uint32_t at_s = witness_second(at_ms);

	(void)aa_uidset_add_range(&witness->periods, witness->since_s,
				  I_MAX(at_s, witness->since_s));
	if (witness->periods.count > WITNESS_PERIODS_MAX)
		witness_forget_oldest(witness);
	witness->dirty = TRUE;
}

/* A period from before the start goes on, unless sessions came since that auth did
   not tell of: of the time when the service was away there is a gap. */
static void witness_appears(struct witness *witness)
{
	const struct aa_uidset *known = &witness->periods;
	uint32_t now_s = witness_second(audit_now_ms());

	witness->since_s = now_s;
	if (witness->silent == 0 && known->count > 0)
		witness->since_s = I_MIN(known->ranges[known->count - 1].last, now_s);
	witness->present = TRUE;
	witness_extend(witness, audit_now_ms());
}

/* --- who is alone --- */

static void witness_alone(void *context, const struct pairs_login *login)
{
	struct witness *witness = context;

	witness->missing++;
	witness->missing_ms = login->at_ms;
	gaps_plugin_missing(witness->audit, login->account, login->session_id,
			    &login->remote, login->at_ms);
}

static void witness_unseen(void *context, const struct pairs_login *login)
{
	struct witness *witness = context;

	if (witness->silent++ == 0)
		witness->silent_ms = login->at_ms;
	if (witness->silent != WITNESS_SILENT)
		return;
	if (witness->present)
		witness_extend(witness, witness->silent_ms);
	witness->present = FALSE;
	e_warning(witness->audit->event, "access-audit: auth tells of no logins: a "
		  "mail process without the plugin would go unnoticed (is "
		  "auth_policy_server_url set? doc/POLICY.md)");
}

static void witness_sweep(struct witness *witness)
{
	int64_t before_ms = audit_now_ms() - WITNESS_WAIT_MS;

	pairs_clock(witness->pairs, audit_now_ms());
	pairs_expire(witness->pairs, PAIRS_AUTH, before_ms, witness_alone, witness);
	pairs_expire(witness->pairs, PAIRS_MAIL, before_ms, witness_unseen, witness);
	if (pairs_waiting(witness->pairs, PAIRS_AUTH) == 0 &&
	    pairs_waiting(witness->pairs, PAIRS_MAIL) == 0)
		timeout_remove(&witness->to_sweep);
}

void witness_deinit(struct audit *audit)
{
	struct witness *witness = audit->witness;

	pairs_expire(witness->pairs, PAIRS_AUTH, audit_now_ms() - WITNESS_LAST_MS,
		     witness_alone, witness);
	witness_minute(audit);
	timeout_remove(&witness->to_sweep);
	pairs_free(&witness->pairs);
	aa_uidset_free(&witness->periods);
	i_free(audit->witness);
}

static int witness_told(struct witness *witness, enum pairs_side side,
			const struct pairs_login *login)
{
	if (witness->to_sweep == NULL) {
		witness->to_sweep = timeout_add(WITNESS_SWEEP_MSECS, witness_sweep,
						witness);
	}
	return pairs_told(witness->pairs, side, login);
}

void witness_auth(struct audit *audit, const struct policy_login *login)
{
	struct witness *witness = audit->witness;
	const struct pairs_login told = {
		.session_id = login->session_id,
		.account = login->account,
		.remote = login->remote,
		.at_ms = audit_now_ms(),
	};

	if (audit->mode == AA_MODE_OFF || !witness_is_mail(login->protocol) ||
	    *login->session_id == '\0')
		return;
	if (!witness->present)
		witness_appears(witness);
	witness->silent = 0;
	witness->seen++;
	if (witness_told(witness, PAIRS_AUTH, &told) < 0)
		witness_alone(witness, &told);
}

/* Auth does not tell of master users and of who needs no password, nor again of a
   session that goes on. */
void witness_mail(struct audit *audit, const struct aa_login *login)
{
	const struct pairs_login told = {
		.session_id = login->session_id,
		.account = login->account,
		.remote = login->remote,
		.at_ms = audit_now_ms(),
	};

	if (audit->endpoint == NULL || !witness_is_mail(login->service) ||
	    *login->session_id == '\0' || login->resumed || !login->remote.set ||
	    (*login->real_user != '\0' &&
	     strcmp(login->real_user, login->account) != 0))
		return;
	(void)witness_told(audit->witness, PAIRS_MAIL, &told);
}

void witness_restore(struct audit *audit, const char *state)
{
	struct witness *witness = audit->witness;
	struct aa_uidset stored = { .count = 0 };

	if (aa_uidset_parse(&stored, state, 0, NULL, NULL) == 0 && stored.count > 0) {
		/* it began to tell before the database could be read */
		if (witness->present && witness->silent == 0) {
			witness->since_s = I_MIN(stored.ranges[stored.count - 1].last,
						 witness->since_s);
		}
		(void)aa_uidset_merge(&witness->periods, &stored);
	}
	aa_uidset_free(&stored);
}

static void witness_put(struct witness *witness)
{
	struct aa_rec_site rec = { .key = WITNESS_KEY };
	char *state = aa_uidset_text(&witness->periods);
	uint64_t ticket = 0;

	i_strocpy(rec.state, state, sizeof(rec.state));
	free(state);
	witness->dirty = !persist_ticket(witness->audit, aa_writer_put_site(
		witness->audit->persist->writer, &rec), &ticket);
}

void witness_minute(struct audit *audit)
{
	struct witness *witness = audit->witness;

	if (witness->present)
		witness_extend(witness, audit_now_ms());
	/* not before what is stored was read */
	if (witness->dirty && audit->neighbours->loaded)
		witness_put(witness);
}

void witness_put_again(struct audit *audit)
{
	audit->witness->dirty = audit->witness->periods.count > 0;
}

/* --- for the admin --- */

uint64_t witness_missing(const struct audit *audit)
{
	return audit->witness->missing;
}

const char *witness_status(const struct audit *audit)
{
	const struct witness *witness = audit->witness;
	char at[AA_TIME_TEXT_MAX];

	if (!witness->present) {
		return "auth tells of no logins: a mail process without the plugin "
			"would go unnoticed";
	}
	if (witness->missing == 0) {
		return t_strdup_printf("all of %"PRIu64" logins were announced by "
				       "their mail process", witness->seen);
	}
	aa_time_format(witness->missing_ms, at);
	return t_strdup_printf("%"PRIu64" of %"PRIu64" logins were not announced by a "
		"mail process, the last at %s: is the plugin in mail_plugins of "
		"protocol imap and pop3, and of the userdb? Logins that Dovecot turned "
		"away for mail_max_userip_connections, or passed on to another host, "
		"count as well (doc/POLICY.md)",
		witness->missing, witness->seen, at);
}
