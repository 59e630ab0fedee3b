/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "str.h"
#include "strfuncs.h"
#include "control.h"
#include "country.h"
#include "listener.h"
#include "notices.h"
#include "orders.h"
#include "persist.h"
#include "reactions.h"
#include "timeval.h"
#include "wake.h"

/* ORDER and LIFT of the admin socket. */

/* A session that hibernates longer than that is nobody's any more. */
#define KICK_MS (7 * AA_DAY_MS)

/* The most orders of an account; each login looks at them. */
#define ORDERS_OF_ACCOUNT_MAX 100

/* Brings what an order is about into the form that the store has. Returns NULL,
   or what is wrong with it. */
static const char *order_what_any(struct aa_rec_order *order, const char *what)
{
	i_strocpy(order->what, "*", sizeof(order->what));
	return *what == '\0' || strcmp(what, "*") == 0 ? NULL :
		"a lock holds for all of the account";
}

static const char *order_what_network(struct aa_rec_order *order, const char *what)
{
	char network[AA_NET_TEXT_MAX];

	if (!control_network(*what == '\0' ? "*" : what, network))
		return "network is none of AS<number>, a prefix, *";
	i_strocpy(order->what, network, sizeof(order->what));
	return strcmp(order->account, "*") == 0 && strcmp(network, "*") == 0 ?
		"everybody from everywhere cannot be allowed: set "
		"access_audit_mode instead" : NULL;
}

static const char *order_what_country(struct aa_rec_order *order, const char *what)
{
	char country[3];
	struct aa_err err;

	if (aa_country_parse(what, country, &err) < 0)
		return t_strdup(err.text);
	i_strocpy(order->what, country, sizeof(order->what));
	return NULL;
}

static const char *order_what_session(struct aa_rec_order *order, const char *what)
{
	i_strocpy(order->what, *what == '\0' ? "*" : what, sizeof(order->what));
	if (order->until_ms == 0)
		order->until_ms = audit_now_ms() + KICK_MS;
	return NULL;
}

/* --- what follows --- */

static const char *order_ends_sessions(struct audit *audit,
				       const struct aa_rec_order *order)
{
	struct account *account = account_find(audit, order->account);
	string_t *str = t_str_new(128);

	/* Those that hibernate need not be in memory. */
	if (account == NULL)
		wake_account(audit, order->account);
	str_printfa(str, "%u sessions ended", account == NULL ? 0 :
		    reactions_end_sessions(account));
	if (order->kind != AA_ORDER_LOCK)
		return str_c(str);
	if (!account_exists(audit, order->account))
		str_append(str, "; no login of this account is recorded: is the "
			   "name right?");
	else if (orders_allowed_anywhere(audit, order->account))
		str_append(str, "; but the account is on the allow-list, which "
			   "comes first: nothing is refused");
	return str_c(str);
}

static bool order_looks_anew_at(struct account *account, void *context)
{
	unsigned int *count = context;

	*count += reactions_look_anew(account);
	return TRUE;
}

static const char *order_looks_anew(struct audit *audit,
				    const struct aa_rec_order *order)
{
	struct account *account = account_find(audit, order->account);
	unsigned int count = 0;

	if (strcmp(order->account, "*") == 0)
		accounts_foreach(audit, order_looks_anew_at, &count);
	else if (account != NULL)
		(void)order_looks_anew_at(account, &count);
	return t_strdup_printf("in force, %u live sessions stand otherwise now%s",
		count, strcmp(order->account, "*") == 0 ||
		account_exists(audit, order->account) ? "" :
		"; no login of this account is recorded: is the name right?");
}

static const struct {
	const char *(*what)(struct aa_rec_order *order, const char *what);
	const char *(*follow)(struct audit *audit,
			      const struct aa_rec_order *order);
	bool everybody;			/* account "*" is allowed */
} control_kinds[AA_ORDER_COUNT] = {
	[AA_ORDER_LOCK] = { order_what_any, order_ends_sessions, FALSE },
	[AA_ORDER_ALLOW] = { order_what_network, order_looks_anew, TRUE },
	[AA_ORDER_TRAVEL] = { order_what_country, order_looks_anew, FALSE },
	[AA_ORDER_KICK] = { order_what_session, order_ends_sessions, FALSE },
};

/* Returns what is wrong with it, or NULL. */
static const char *control_order_init(struct audit *audit,
				      const struct aa_msg *msg,
				      struct aa_rec_order *order_r)
{
	i_zero(order_r);
	order_r->kind = msg->order;
	order_r->until_ms = msg->until_ms;
	i_strocpy(order_r->account, msg->account, sizeof(order_r->account));
	i_strocpy(order_r->made_by, msg->by, sizeof(order_r->made_by));
	i_strocpy(order_r->note, msg->text, sizeof(order_r->note));
	if (audit->mode == AA_MODE_OFF)
		return "access_audit_mode is off: no session is known";
	if (strcmp(msg->account, "*") == 0 && !control_kinds[msg->order].everybody)
		return "this can be ordered for one account at a time only";
	if (msg->until_ms != 0 && msg->until_ms <= audit_now_ms())
		return "the end of it is over already";
	if (!persist_ready(audit))
		return CONTROL_NO_DATABASE;
	if (orders_count_of(audit, msg->account) >= ORDERS_OF_ACCOUNT_MAX)
		return "there are too many orders for this account: lift some";
	return control_kinds[msg->order].what(order_r, msg->what);
}

int control_order(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	struct aa_rec_order template;
	const struct aa_rec_order *order;
	const char *wrong, *kind = aa_order_kind_name(msg->order);
	unsigned int replaced = 0;

	wrong = control_order_init(audit, msg, &template);
	if (wrong != NULL)
		return control_result(peer, FALSE, 0, wrong);
	/* What is kicked altogether was kicked session by session before. */
	replaced = orders_lift(audit, template.kind, template.account,
			       template.kind == AA_ORDER_KICK &&
			       strcmp(template.what, "*") == 0 ? NULL :
			       template.what, msg->by);
	order = orders_make(audit, &template);
	return control_result(peer, TRUE, order->id, t_strdup_printf(
		"%s %lld%s: %s", kind, (long long)order->id,
		replaced == 0 ? "" : " (in the place of an earlier one)",
		control_kinds[msg->order].follow(audit, order)));
}

int control_lift(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r ATTR_UNUSED)
{
	struct audit *audit = peer->audit;
	const char *kind = aa_order_kind_name(msg->order), *wrong;
	struct aa_rec_order wanted = { .kind = msg->order };
	unsigned int count;

	i_strocpy(wanted.account, msg->account, sizeof(wanted.account));
	if (!persist_ready(audit))
		return control_result(peer, FALSE, 0, CONTROL_NO_DATABASE);
	if (*msg->what != '\0') {
		wrong = control_kinds[msg->order].what(&wanted, msg->what);
		if (wrong != NULL)
			return control_result(peer, FALSE, 0, wrong);
	}
	count = orders_lift(audit, msg->order, msg->account,
			    *msg->what == '\0' ? NULL : wanted.what, msg->by);
	if (count == 0) {
		return control_result(peer, FALSE, 0, t_strdup_printf(
			"there is no such %s in force", kind));
	}
	e_info(audit->event, "access-audit: lift kind=%s user=%s what=%s by=%s",
	       kind, notice_value(msg->account), notice_value(wanted.what),
	       notice_value(msg->by));
	(void)control_kinds[msg->order].follow(audit, &wanted);
	return control_result(peer, TRUE, 0, t_strdup_printf(
		"%u %s lifted", count, kind));
}
