/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "lib-event.h"
#include "str.h"
#include "blocked.h"
#include "boxes.h"
#include "campaigns.h"
#include "canaries.h"
#include "forget.h"
#include "gaps.h"
#include "notices.h"
#include "notify.h"
#include "orders.h"
#include "persist.h"
#include "sessions.h"
#include "timeval.h"

/* For so long a start tells of one that may have been broken off. */
#define FORGET_TOLD_MS (7 * AA_DAY_MS)

struct forget {
	struct aa_forget_order order;	/* the last one */
	struct aa_rec_inquiry inquiry;
	struct aa_forget_status status;	/* as it was seen last */
	bool running;
	bool looked;			/* for what was broken off before */
};

void forget_init(struct audit *audit)
{
	audit->forget = i_new(struct forget, 1);
}

void forget_deinit(struct audit *audit)
{
	i_free(audit->forget);
}

bool forget_is(const struct audit *audit, const char *name)
{
	return audit->forget->running &&
		strcmp(audit->forget->order.name, name) == 0;
}

/* --- may it be? --- */

static unsigned int forget_live_sessions(const struct account *account)
{
	const struct session *session;
	unsigned int count = 0;

	for (session = account->sessions; session != NULL;
	     session = session->next) {
		if (!session_ended(session) && !session->rec.paused)
			count++;
	}
	return count;
}

static const char *
forget_open_incident(struct audit *audit, const char *name,
		     const struct account *account)
{
	const struct aa_rec_incident *incident = campaigns_with(audit, name);

	if (account != NULL && array_count(&account->incidents) > 0)
		incident = array_idx(&account->incidents, 0);
	return incident == NULL ? NULL : incident->ref;
}

const char *forget_refusal(struct audit *audit, const char *name,
			   const struct account *account, bool even_so)
{
	unsigned int live = account == NULL ? 0 : forget_live_sessions(account);
	const char *ref = forget_open_incident(audit, name, account);

	if (audit->forget->running)
		return "another account is being forgotten: wait for its end";
	if (live > 0) {
		return t_strdup_printf("the account has %u live sessions, which "
			"would be recorded again: doveadm audit lock it, then "
			"forget it", live);
	}
	if (ref != NULL && !even_so) {
		return t_strdup_printf("incident %s is open, and what is known of "
			"the account is its evidence: close it first, or say "
			"--even-so", ref);
	}
	return NULL;
}

/* --- it is --- */

static void forget_put_inquiry(struct audit *audit)
{
	uint64_t ticket = 0;

	/* The store keeps room for it beyond the queue's bound. */
	(void)persist_ticket(audit, aa_writer_put_inquiry(
			     audit->persist->writer, &audit->forget->inquiry),
			     &ticket);
}

/* The engine's counts of sources keep what they know for some hours: names of
   accounts that were tried from one, in memory only. */
static void
forget_memory(struct audit *audit, const char *name, struct account *account)
{
	if (account != NULL)
		account_forget(account);
	blocked_forget_account(audit, name);
	orders_forget(audit, name);
	canaries_forget_account(audit, name);
	campaigns_forget(audit, name);
	notify_forget(audit, name);
	gaps_forget(audit, name);
	boxes_forget(audit, name);
}

int64_t forget_begin(struct audit *audit, const char *name,
		     struct account *account, const char *by)
{
	struct forget *forget = audit->forget;
	struct aa_rec_inquiry *inquiry = &forget->inquiry;

	i_zero(&forget->order);
	if (account != NULL && account->rec.first_ms != 0)
		forget->order.account_id = account->rec.id;
	i_strocpy(forget->order.name, name, sizeof(forget->order.name));
	i_strocpy(forget->order.made_by, by, sizeof(forget->order.made_by));
	i_zero(inquiry);
	inquiry->id = audit->persist->next.inquiry++;
	inquiry->at_ms = audit_now_ms();
	inquiry->about = "a forgotten account";
	i_strocpy(inquiry->made_by, by, sizeof(inquiry->made_by));
	i_strocpy(inquiry->verb, "forget", sizeof(inquiry->verb));
	forget_memory(audit, forget->order.name, account);
	forget_put_inquiry(audit);
	forget->running = aa_writer_forget(audit->persist->writer, &forget->order);
	i_assert(forget->running);
	e_info(audit->event, "access-audit: forget user=%s inquiry=%lld by=%s",
	       notice_value(name), (long long)inquiry->id, notice_value(by));
	return inquiry->id;
}

/* --- and may have been broken off --- */

static bool forget_broken_off(void *context, unsigned int columns ATTR_UNUSED,
			      const char *const *names ATTR_UNUSED,
			      const char *const *values)
{
	struct audit *audit = context;

	e_warning(audit->event, "access-audit: forget inquiry=%s by=%s erased nothing "
		  "before the service ended: if that was not the end of it, ask for "
		  "it again (doveadm audit forget)", values[0],
		  notice_value(values[1]));
	return TRUE;
}

void forget_store_ready(struct audit *audit)
{
	struct forget *forget = audit->forget;
	const struct aa_param since = {
		.name = "since", .number = audit->started_ms - FORGET_TOLD_MS
	};
	struct aa_err err;

	if (forget->looked)
		return;
	forget->looked = TRUE;
	if (aa_reader_query(audit->persist->reader, "broken-forget", &since, 1,
			    forget_broken_off, audit, &err) < 0)
		persist_reader_failed(audit, &err);
}

void forget_progress(struct audit *audit, const struct aa_forget_status *status)
{
	struct forget *forget = audit->forget;

	if (status->done == forget->status.done)
		return;
	forget->status = *status;
	forget->running = FALSE;
	i_zero(&forget->order);
	forget->inquiry.rows = status->rows;
	forget_put_inquiry(audit);
	e_info(audit->event, "access-audit: forgotten inquiry=%lld rows=%llu log=%s",
	       (long long)forget->inquiry.id, (unsigned long long)status->rows,
	       status->log_cut ? "cut" : "held");
}

const char *forget_status(const struct audit *audit)
{
	const struct forget *forget = audit->forget;

	if (forget->running) {
		return t_strdup_printf("%lld under way",
				       (long long)forget->inquiry.id);
	}
	if (forget->inquiry.id == 0)
		return "none";
	return t_strdup_printf("%lld done: %llu rows, log %s",
		(long long)forget->inquiry.id,
		(unsigned long long)forget->status.rows,
		forget->status.log_cut ? "cut" : "held by a reader");
}
