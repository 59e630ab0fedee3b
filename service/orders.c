/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "lib-event.h"
#include "decide.h"
#include "notices.h"
#include "orders.h"
#include "persist.h"
#include "timeval.h"

/* Of one account; "*" is an account here, too. */
struct orders_of {
	char account[AA_NAME_MAX];
	ARRAY(struct aa_rec_order) list;
};

struct orders {
	HASH_TABLE(const char *, struct orders_of *) table;
	bool loaded;
};

void orders_init(struct audit *audit)
{
	audit->orders = i_new(struct orders, 1);
	hash_table_create(&audit->orders->table, default_pool, 0,
			  str_hash, strcmp);
}

static void orders_of_free(struct orders *orders, struct orders_of *of)
{
	const char *key = of->account;

	hash_table_remove(orders->table, key);
	array_free(&of->list);
	i_free(of);
}

/* Calls back for each account that has orders; the callback may free it. */
static void
orders_foreach(const struct audit *audit,
	       void (*callback)(struct orders_of *of, void *context),
	       void *context)
{
	struct hash_iterate_context *iter;
	struct orders_of *of;
	const char *account;

	iter = hash_table_iterate_init(audit->orders->table);
	while (hash_table_iterate(iter, audit->orders->table, &account, &of))
		callback(of, context);
	hash_table_iterate_deinit(&iter);
}

static void orders_drop(struct orders_of *of, void *context)
{
	orders_of_free(context, of);
}

void orders_deinit(struct audit *audit)
{
	orders_foreach(audit, orders_drop, audit->orders);
	hash_table_destroy(&audit->orders->table);
	i_free(audit->orders);
}

static struct orders_of *
orders_of(const struct audit *audit, const char *account)
{
	return hash_table_lookup(audit->orders->table, account);
}

static struct aa_rec_order *
orders_append(struct audit *audit, const struct aa_rec_order *order)
{
	struct orders_of *of = orders_of(audit, order->account);
	struct aa_rec_order *added;
	const char *key;

	if (of == NULL) {
		of = i_new(struct orders_of, 1);
		i_strocpy(of->account, order->account, sizeof(of->account));
		i_array_init(&of->list, 2);
		key = of->account;
		hash_table_insert(audit->orders->table, key, of);
	}
	added = array_append_space(&of->list);
	*added = *order;
	return added;
}

/* --- store --- */

static void orders_put(struct audit *audit, const struct aa_rec_order *order)
{
	uint64_t ticket = 0;

	/* The store keeps room for orders beyond the queue's bound. */
	(void)persist_ticket(audit, aa_writer_put_order(audit->persist->writer,
							order), &ticket);
}

static void orders_load_one(void *context, const struct aa_rec_order *order)
{
	(void)orders_append(context, order);
}

bool orders_load(struct audit *audit)
{
	struct aa_err err;

	/* The store knows nothing that this process did not put or read. */
	if (audit->orders->loaded)
		return TRUE;
	if (aa_reader_orders(audit->persist->reader, audit_now_ms(),
			     orders_load_one, audit, &err) < 0) {
		orders_foreach(audit, orders_drop, audit->orders);
		persist_reader_failed(audit, &err);
		return FALSE;
	}
	audit->orders->loaded = TRUE;
	return TRUE;
}

static void orders_put_list(struct orders_of *of, void *context)
{
	const struct aa_rec_order *order;

	array_foreach(&of->list, order)
		orders_put(context, order);
}

void orders_put_again(struct audit *audit)
{
	orders_foreach(audit, orders_put_list, audit);
}

static bool order_in_force(const struct aa_rec_order *order, int64_t now_ms)
{
	return order->lifted_ms == 0 &&
		(order->until_ms == 0 || order->until_ms > now_ms);
}

static void orders_sweep_list(struct orders_of *of, void *context)
{
	const int64_t now_ms = audit_now_ms();
	unsigned int i = 0;

	while (i < array_count(&of->list)) {
		if (order_in_force(array_idx(&of->list, i), now_ms))
			i++;
		else
			array_delete(&of->list, i, 1);
	}
	if (array_is_empty(&of->list))
		orders_of_free(context, of);
}

void orders_sweep(struct audit *audit)
{
	orders_foreach(audit, orders_sweep_list, audit->orders);
}

/* --- questions --- */

/* Does the order apply there? what: see struct aa_rec_order. */
struct orders_asked {
	enum aa_order_kind kind;
	const char *what;		/* NULL: whatever */
	const struct aa_place *place;	/* NULL: whatever */
	const struct aa_ip *ip;
	int64_t began_ms;		/* kick */
};

static bool
order_applies(const struct aa_rec_order *order, const struct orders_asked *asked)
{
	if (order->kind != asked->kind)
		return FALSE;
	if (asked->what != NULL && strcmp(order->what, asked->what) != 0 &&
	    (asked->kind != AA_ORDER_KICK || strcmp(order->what, "*") != 0))
		return FALSE;
	switch (order->kind) {
	case AA_ORDER_LOCK:
	case AA_ORDER_COUNT:
		break;
	case AA_ORDER_ALLOW:
		return asked->place == NULL ||
			decide_network_holds(order->what, asked->place, asked->ip);
	case AA_ORDER_TRAVEL:
		return asked->place == NULL ||
			strcmp(order->what, asked->place->country) == 0;
	case AA_ORDER_KICK:
		return asked->began_ms <= order->from_ms;
	}
	return TRUE;
}

static struct aa_rec_order *
orders_ask(const struct audit *audit, const char *account,
	   const struct orders_asked *asked)
{
	struct orders_of *of = orders_of(audit, account);
	int64_t now_ms = audit_now_ms();
	struct aa_rec_order *order;

	if (of == NULL)
		return NULL;
	array_foreach_modifiable(&of->list, order) {
		if (order_in_force(order, now_ms) && order_applies(order, asked))
			return order;
	}
	return NULL;
}

bool orders_locked(const struct audit *audit, const char *account)
{
	const struct orders_asked asked = { .kind = AA_ORDER_LOCK };

	return orders_ask(audit, account, &asked) != NULL;
}

bool orders_allowed(const struct audit *audit, const char *account,
		    const struct aa_place *place, const struct aa_ip *ip)
{
	const struct orders_asked asked = {
		.kind = AA_ORDER_ALLOW, .place = place, .ip = ip,
	};

	return orders_ask(audit, account, &asked) != NULL ||
		orders_ask(audit, "*", &asked) != NULL;
}

bool orders_announced(const struct audit *audit, const char *account,
		      const struct aa_place *place)
{
	const struct orders_asked asked = {
		.kind = AA_ORDER_TRAVEL, .place = place,
	};

	return orders_ask(audit, account, &asked) != NULL;
}

bool orders_session_allowed(const struct session *session)
{
	const struct aa_rec_session *rec = &session->rec;

	return aa_policy_allows(session->account->policy, rec->login.account,
				&rec->login.remote) ||
		orders_allowed(session->audit, rec->login.account, &rec->place,
			       &rec->login.remote);
}

const struct aa_rec_order *orders_against(const struct session *session)
{
	const struct aa_login *login = &session->rec.login;
	const struct orders_asked kick = {
		.kind = AA_ORDER_KICK, .what = login->session_id,
		.began_ms = login->at_ms,
	};
	const struct orders_asked lock = { .kind = AA_ORDER_LOCK };
	const struct aa_rec_order *order;

	/* History is over. */
	if (session->imported)
		return NULL;
	order = orders_ask(session->audit, login->account, &kick);
	if (order != NULL)
		return order;
	order = orders_ask(session->audit, login->account, &lock);
	return order == NULL || orders_session_allowed(session) ? NULL : order;
}

const struct aa_rec_order *
orders_find(const struct audit *audit, enum aa_order_kind kind,
	    const char *account, const char *what)
{
	const struct orders_asked asked = { .kind = kind, .what = what };

	return orders_ask(audit, account, &asked);
}

bool orders_allowed_anywhere(const struct audit *audit, const char *account)
{
	static const struct aa_ip nowhere;

	return aa_policy_allows(aa_policies_for(&audit->policies, account),
				account, &nowhere) ||
		orders_find(audit, AA_ORDER_ALLOW, account, "*") != NULL;
}

unsigned int orders_count_of(const struct audit *audit, const char *account)
{
	struct orders_of *of = orders_of(audit, account);

	return of == NULL ? 0 : array_count(&of->list);
}

/* --- changes --- */

static const char *order_until(const struct aa_rec_order *order)
{
	char text[AA_TIME_TEXT_MAX];

	if (order->until_ms == 0)
		return "lifted";
	aa_time_format_iso(order->until_ms, text);
	return t_strdup(text);
}

static void order_tell(struct audit *audit, const struct aa_rec_order *order)
{
	e_info(audit->event, "access-audit: order kind=%s user=%s what=%s "
	       "until=%s id=%lld by=%s", aa_order_kind_name(order->kind),
	       notice_value(order->account), notice_value(order->what),
	       order_until(order), (long long)order->id,
	       notice_value(order->made_by));
}

const struct aa_rec_order *
orders_make(struct audit *audit, const struct aa_rec_order *template)
{
	struct aa_rec_order *order = orders_append(audit, template);

	order->id = audit->persist->next.order++;
	order->from_ms = audit_now_ms();
	orders_put(audit, order);
	order_tell(audit, order);
	return order;
}

bool orders_lock(struct audit *audit, const char *account, int64_t incident_id,
		 const char *by, const char *note)
{
	struct aa_rec_order lock = {
		.kind = AA_ORDER_LOCK, .what = "*", .incident_id = incident_id,
	};

	if (orders_locked(audit, account))
		return FALSE;
	i_strocpy(lock.account, account, sizeof(lock.account));
	i_strocpy(lock.made_by, by, sizeof(lock.made_by));
	i_strocpy(lock.note, note, sizeof(lock.note));
	(void)orders_make(audit, &lock);
	return TRUE;
}

unsigned int orders_lift(struct audit *audit, enum aa_order_kind kind,
			 const char *account, const char *what, const char *by)
{
	const struct orders_asked asked = {
		.kind = kind, .what = what, .began_ms = INT64_MIN,
	};
	struct aa_rec_order *order;
	unsigned int count = 0;

	while ((order = orders_ask(audit, account, &asked)) != NULL) {
		order->lifted_ms = audit_now_ms();
		aa_text_copy(order->lifted_by, sizeof(order->lifted_by), by);
		orders_put(audit, order);
		count++;
	}
	return count;
}

struct orders_counting {
	enum aa_order_kind kind;
	unsigned int count;
};

static void orders_count_list(struct orders_of *of, void *context)
{
	struct orders_counting *counting = context;
	const struct aa_rec_order *order;

	array_foreach(&of->list, order) {
		if (order->kind == counting->kind &&
		    order_in_force(order, audit_now_ms()))
			counting->count++;
	}
}

unsigned int orders_count(const struct audit *audit, enum aa_order_kind kind)
{
	struct orders_counting counting = { .kind = kind };

	orders_foreach(audit, orders_count_list, &counting);
	return counting.count;
}

void orders_forget(struct audit *audit, const char *account)
{
	struct orders_of *of = orders_of(audit, account);

	if (of != NULL)
		orders_of_free(audit->orders, of);
}
