/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "aa-config.h"
#include "aa-settings.h"
#include "blocked.h"
#include "canaries.h"
#include "forget.h"
#include "listener.h"
#include "neighbours.h"
#include "notices.h"
#include "notify.h"
#include "persist.h"
#include "policy-endpoint.h"
#include "policy-login.h"
#include "sessions.h"
#include "status.h"
#include "timeval.h"
#include "wire.h"
#include "witness.h"

#include <sys/stat.h>

struct status {
	struct peer *peer;
	struct audit *audit;
	int64_t now_ms;
};

static void ATTR_FORMAT(3, 4)
status_line(const struct status *status, const char *name, const char *fmt, ...)
{
	struct aa_msg msg = { .cmd = AA_CMD_STATUS_LINE };
	va_list args;

	va_start(args, fmt);
	i_strocpy(msg.name, name, sizeof(msg.name));
	aa_text_copy(msg.value, sizeof(msg.value),
		     t_strdup_vprintf(fmt, args));
	va_end(args);
	peer_send(status->peer, &msg);
}

static const char *status_time(int64_t at_ms)
{
	char text[AA_TIME_TEXT_MAX];

	if (at_ms == 0)
		return "never";
	aa_time_format(at_ms, text);
	return t_strdup(text);
}

static void status_service(const struct status *status)
{
	const struct audit *audit = status->audit;

	status_line(status, "service", "up");
	status_line(status, "version", "%s, protocol %d.%d", AA_VERSION,
		    AA_WIRE_MAJOR, AA_WIRE_MINOR);
	status_line(status, "started", "%s", status_time(audit->started_ms));
	status_line(status, "mode", "%s", aa_mode_name(audit->mode));
	status_line(status, "policy", "sensitivity %s%s%s, %u groups",
		    aa_words_name(&aa_sensitivity_words,
				  audit->policies.all.sensitivity),
		    *audit->set->access_audit_policy_file == '\0' ? "" : ", file ",
		    audit->set->access_audit_policy_file,
		    audit->policies.group_count);
	status_line(status, "fail_mode", "%s",
		    audit->set->access_audit_fail_mode);
}

static const char *status_writer_state(const struct aa_writer_status *writer)
{
	switch (writer->state) {
	case AA_WRITER_OPENING:
		return "opening";
	case AA_WRITER_OK:
		return "ok";
	case AA_WRITER_DEGRADED:
		break;
	}
	return t_strdup_printf("degraded: %s", writer->err.text);
}

static void status_keep(const struct status *status,
			const struct aa_keep_status *keep)
{
	status_line(status, "dropped_by_age", "%llu rows in %llu steps, the longest "
		    "%lld ms%s", (unsigned long long)keep->rows,
		    (unsigned long long)keep->steps,
		    (long long)(keep->longest_us / 1000), keep->over ?
		    "; access_audit_max_size cannot be held" : "");
}

static void status_database(const struct status *status)
{
	struct audit *audit = status->audit;
	const char *path = audit->set->access_audit_database;
	struct aa_writer_status writer;
	struct stat st;

	aa_writer_status(audit->persist->writer, &writer);
	status_line(status, "database", "%s", path);
	/* stat() only: nobody but SQLite may open and close this file. */
	if (stat(path, &st) == 0) {
		status_line(status, "database_bytes", "%lld",
			    (long long)st.st_size);
	}
	status_line(status, "database_state", "%s, since %s",
		    status_writer_state(&writer), status_time(writer.since_ms));
	status_line(status, "database_read", "%s",
		    persist_ready(audit) ? "ok" : "not possible");
	status_line(status, "last_commit", "%s",
		    status_time(writer.last_commit_ms));
	status_line(status, "commits", "%llu", (unsigned long long)writer.commits);
	status_line(status, "queue", "%llu records, %llu bytes, %llu refused, "
		    "%llu rejected", (unsigned long long)writer.queued_records,
		    (unsigned long long)writer.queued_bytes,
		    (unsigned long long)writer.refused,
		    (unsigned long long)writer.rejected);
	status_keep(status, &writer.keep);
	status_line(status, "forget", "%s", forget_status(audit));
}

static void status_geo(const struct status *status)
{
	struct aa_geo_status geo;
	unsigned int i;

	for (i = 0; aa_geo_status(status->audit->geo, i, status->now_ms, &geo); i++) {
		status_line(status, t_strdup_printf("geo_%u", i + 1),
			    "%s: %s, built %s%s%s%s", geo.path,
			    geo.loaded ? "loaded" : "not loaded",
			    status_time(geo.built_ms), geo.stale ? ", old" : "",
			    *geo.text == '\0' ? "" : ": ", geo.text);
	}
	if (i == 0)
		status_line(status, "geo", "none: places are prefixes");
}

static void status_lists(const struct status *status)
{
	struct aa_geo_list_status list;
	unsigned int i;

	for (i = 0; aa_geo_list_status(status->audit->geo, i, &list); i++) {
		status_line(status, t_strdup_printf("networks_%u", i + 1),
			    "%s: %s, %u networks%s%s", list.path,
			    list.loaded ? "loaded" : "not loaded", list.networks,
			    *list.text == '\0' ? "" : ": ", list.text);
	}
}

static void status_refusals(const struct status *status)
{
	const struct policy_login_counts *counts =
		policy_login_counts(status->audit);
	struct blocked_counts blocked;

	blocked_count(status->audit, &blocked);
	status_line(status, "blocked", "%u accounts, %u blocks%s",
		    blocked.accounts, blocked.blocks,
		    blocked.cut ? "; more are met only after the login" : "");
	status_line(status, "logins", "%llu refused, %llu slowed; %llu would have "
		    "been refused, %llu slowed",
		    (unsigned long long)counts->refused,
		    (unsigned long long)counts->slowed,
		    (unsigned long long)counts->would_refuse,
		    (unsigned long long)counts->would_slow);
}

static void status_canaries(const struct status *status)
{
	unsigned int count;
	bool cut;

	count = canaries_count(status->audit, &cut);
	if (count > 0) {
		status_line(status, "canaries", "%u watched%s", count,
			    cut ? "; there are more than can be: remove some" : "");
	}
}

/* Either address is one that Dovecot takes for the client's. */
#define STATUS_CROWD_HELP \
	"if this is a webmail or a proxy, let it tell Dovecot the client's address: " \
	"login_trusted_networks = %s, and the webmail sends x-originating-ip in the " \
	"IMAP command ID; a HAProxy: haproxy_trusted_networks = %s, and haproxy = yes " \
	"in the inet_listener. An office or a carrier needs nothing. Until then its " \
	"sessions are not judged by where they come from"

static void status_crowds(const struct status *status)
{
	const struct aa_crowd *crowd = aa_site_crowd(status->audit->neighbours->site);
	struct aa_crowd_share share;
	char text[AA_IP_TEXT_MAX];
	struct aa_ip ip;
	unsigned int i;

	for (i = 0; aa_crowd_get(crowd, i, aa_day_of(status->now_ms), &ip, &share); i++) {
		aa_ip_format(&ip, text);
		status_line(status, t_strdup_printf("shared_address_%u", i + 1),
			    "%s: %u of %u accounts come from here (a sample); "
			    STATUS_CROWD_HELP, text, share.came, share.of,
			    text, text);
	}
}

static void status_work(const struct status *status)
{
	struct audit *audit = status->audit;
	struct accounts_counts counts;
	unsigned int live, ended;

	sessions_count(audit, &live, &ended);
	accounts_count(audit, &counts);
	status_line(status, "connections", "%u", listener_count(audit));
	status_line(status, "sessions_in_memory", "%u live, %u not committed yet",
		    live, ended);
	status_line(status, "accounts_in_memory",
		    "%u, %u blocks in force, %u open incidents",
		    counts.accounts, counts.blocks, counts.incidents);
	status_line(status, "witness", "%s",
		    policy_endpoint_status(audit));
	status_line(status, "witness_logins", "%s", witness_status(audit));
	status_refusals(status);
	status_canaries(status);
}

static void status_notify(const struct status *status)
{
	enum aa_channel channel;

	for (channel = 0; channel < AA_CHANNEL_COUNT; channel++) {
		status_line(status, t_strdup_printf("notify_%s",
						    aa_channel_name(channel)),
			    "%s", notify_status(status->audit, channel));
	}
}

static bool status_overview(void *context, unsigned int columns,
			    const char *const *names, const char *const *values)
{
	const struct status *status = context;
	unsigned int i;

	for (i = 0; i < columns; i++)
		status_line(status, names[i], "%s", values[i]);
	return FALSE;
}

/* What the database as a whole says. */
static void status_store(struct status *status)
{
	struct audit *audit = status->audit;
	const struct aa_param now = { .name = "now", .number = status->now_ms };
	struct aa_err err;

	if (persist_ready(audit) &&
	    aa_reader_query(audit->persist->reader, "status", &now, 1,
			    status_overview, status, &err) < 0)
		persist_reader_failed(audit, &err);
}

void status_send(struct peer *peer)
{
	struct status status = {
		.peer = peer,
		.audit = peer->audit,
		.now_ms = audit_now_ms(),
	};

	status_service(&status);
	status_database(&status);
	status_geo(&status);
	status_lists(&status);
	status_crowds(&status);
	status_work(&status);
	status_notify(&status);
	status_store(&status);
}
