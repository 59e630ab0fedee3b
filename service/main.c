/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "ioloop.h"
#include "lib-event.h"
#include "master-service.h"
#include "strfuncs.h"
#include "aa-settings.h"
#include "accounts.h"
#include "audit.h"
#include "blocked.h"
#include "boxes.h"
#include "campaigns.h"
#include "canaries.h"
#include "compat.h"
#include "farewell.h"
#include "forget.h"
#include "gaps.h"
#include "incidents.h"
#include "listener.h"
#include "metrics.h"
#include "neighbours.h"
#include "notify.h"
#include "orders.h"
#include "persist.h"
#include "policy-endpoint.h"
#include "policy-login.h"
#include "privileges.h"
#include "sensitive-words.h"
#include "sessions.h"
#include "wake.h"
#include "witness.h"

#include <malloc.h>
#include <unistd.h>

#define MAIN_MINUTE_MSECS (60 * 1000)

static struct audit audit;

static const struct main_listener {
	const char *type;
	void (*accept)(struct master_service_connection *conn);
} main_listeners[];

static void main_accept_mail(struct master_service_connection *conn)
{
	listener_accept(&audit, conn, LISTENER_MAIL);
}

static void main_accept_admin(struct master_service_connection *conn)
{
	listener_accept(&audit, conn, LISTENER_ADMIN);
}

static void main_accept_policy(struct master_service_connection *conn)
{
	policy_endpoint_accept(&audit, conn);
}

static void main_accept_metrics(struct master_service_connection *conn)
{
	metrics_accept(&audit, conn);
}

/* Types of listeners, as aa_compat_connection_type() tells them. */
static const struct main_listener main_listeners[] = {
	{ "", main_accept_mail },
	{ "admin", main_accept_admin },
	{ "policy", main_accept_policy },
	{ "metrics", main_accept_metrics },
};

static void main_accept(struct master_service_connection *conn)
{
	const char *type = aa_compat_connection_type(conn);
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(main_listeners); i++) {
		if (strcmp(main_listeners[i].type, type) == 0) {
			main_listeners[i].accept(conn);
			return;
		}
	}
	e_error(audit.event, "access-audit: listener %s is none of access-audit, "
		"access-audit-admin, access-audit-policy, access-audit-metrics",
		conn->name);
}

static void main_lists_log(void)
{
	struct aa_geo_list_status list;
	unsigned int i;

	for (i = 0; aa_geo_list_status(audit.geo, i, &list); i++) {
		if (!list.news)
			continue;
		if (*list.text == '\0')
			e_info(audit.event, "access-audit: list of networks %s in use: "
			       "%u networks", list.path, list.networks);
		else
			e_warning(audit.event, "access-audit: list of networks %s: %s",
				  list.path, list.text);
	}
}

static void main_geo_log(void)
{
	struct aa_geo_status geo;
	unsigned int i;

	audit_geo_missing(&audit, FALSE);
	for (i = 0; aa_geo_status(audit.geo, i, audit_now_ms(), &geo); i++) {
		if (!geo.loaded)
			audit_geo_missing(&audit, TRUE);
		if (*geo.text == '\0')
			e_info(audit.event, "access-audit: geo database %s in use",
			       geo.path);
		else
			e_warning(audit.event, "access-audit: geo database %s: %s",
				  geo.path, geo.text);
	}
}

static void main_minute(struct audit *context)
{
	if (aa_geo_refresh(context->geo, audit_now_ms())) {
		main_geo_log();
		main_lists_log();
	}
	sessions_teach_day(context);
	incidents_sweep(context);
	canaries_sweep(context);
	accounts_sweep(context);
	blocked_sweep(context);
	neighbours_sweep(context);
	orders_sweep(context);
	witness_minute(context);
	gaps_minute(context);
}

static void main_geo_init(void)
{
	const char *const *paths =
		t_strsplit_spaces(audit.set->access_audit_geo_databases, " ");

	audit.geo = aa_geo_open(paths, I_MIN(str_array_length(paths),
					     AA_GEO_MAX_FILES), audit_now_ms());
	main_geo_log();
	paths = t_strsplit_spaces(*audit.set->access_audit_network_lists == '\0' ?
		AA_NETWORKS : audit.set->access_audit_network_lists, " ");
	aa_geo_lists(audit.geo, paths, str_array_length(paths));
	main_lists_log();
}

static void main_words_init(void)
{
	const char *error;

	if (sensitive_words_read(audit.set->access_audit_sensitive_words,
				 &audit.words, &error) < 0) {
		e_warning(audit.event, "access-audit: access_audit_sensitive_words: "
			  "%s; searches are judged by %u words", error,
			  sensitive_words_count(audit.words));
	}
}

static void main_init(void)
{
	const char *error;

	audit.event = event_create(NULL);
	audit.started_ms = audit_now_ms();
	main_geo_init();
	main_words_init();
	neighbours_init(&audit);
	boxes_init(&audit);
	canaries_init(&audit);
	orders_init(&audit);
	accounts_init(&audit);
	blocked_init(&audit);
	campaigns_init(&audit);
	policy_login_init(&audit);
	witness_init(&audit);
	sessions_init(&audit);
	gaps_init(&audit);
	forget_init(&audit);
	listener_init(&audit);
	wake_init(&audit);
	notify_init(&audit);
	if (persist_init(&audit, &error) < 0)
		i_fatal("access-audit: %s", error);
	policy_endpoint_init(&audit);
	metrics_init(&audit);
}

/* What peers have sent stays unacknowledged if it is not on the disk: they send
   it again to the next process. */
static void main_deinit(void)
{
	metrics_deinit(&audit);
	policy_endpoint_deinit(&audit);
	listener_deinit(&audit);
	notify_deinit(&audit);
	witness_deinit(&audit);
	gaps_minute(&audit);
	persist_deinit(&audit);
	accounts_deinit(&audit);
	policy_login_deinit(&audit);
	campaigns_deinit(&audit);
	blocked_deinit(&audit);
	orders_deinit(&audit);
	sessions_deinit(&audit);
	canaries_deinit(&audit);
	boxes_deinit(&audit);
	forget_deinit(&audit);
	gaps_deinit(&audit);
	neighbours_deinit(&audit);
	aa_geo_close(&audit.geo);
	sensitive_words_free(&audit.words);
	event_unref(&audit.event);
}

int main(int argc, char *argv[])
{
	struct timeout *to_minute;
	const char *error;
	const pid_t master = getppid();

	/* The writer thread would get an arena of its own: 64 MB of address
	   space, which count against vsz_limit. */
	(void)mallopt(M_ARENA_MAX, 1);

	/* The global one: libdovecot looks there for itself. */
	master_service = master_service_init("access-audit",
		(enum master_service_flags)aa_compat_service_flags,
		&argc, &argv, "");
	if (master_getopt(master_service) > 0)
		return FATAL_DEFAULT;
	if (aa_compat_service_settings(master_service, &audit.set, &error) < 0)
		i_fatal("access-audit: %s", error);
	master_service_init_log(master_service);
	if (audit_policies_init(&audit, &error) < 0)
		i_fatal("access-audit: %s", error);
	privileges_drop(audit.set->access_audit_database);
	/* On a reload the next process waits for our lock. */
	master_service_set_die_with_master(master_service, TRUE);

	main_init();
	master_service_init_finish(master_service);
	to_minute = timeout_add(MAIN_MINUTE_MSECS, main_minute, &audit);
	master_service_run(master_service, main_accept);
	farewell(&audit, master);
	timeout_remove(&to_minute);
	main_deinit();
	audit_policies_deinit(&audit);
	aa_compat_service_settings_free(&audit.set);
	master_service_deinit(&master_service);
	return 0;
}
