/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "str.h"
#include "strfuncs.h"
#include "aa-config.h"
#include "aa-settings.h"
#include "accounts.h"
#include "listener.h"
#include "metrics.h"
#include "notify.h"
#include "orders.h"
#include "persist.h"
#include "policy-endpoint.h"
#include "policy-login.h"
#include "sessions.h"

#include <sys/stat.h>

#define METRICS_PREFIX "access_audit_"

struct metrics_family;

struct metrics_out {
	struct audit *audit;
	const struct metrics_stored *stored;
	const struct metrics_family *family;
	string_t *text;
	int64_t now_ms;
	bool openmetrics;
};

struct metrics_family {
	/* Without prefix; ends in the unit, if there is one. A counter's samples
	   have _total in addition. */
	const char *name, *unit;
	bool counter;
	const char *help;
	void (*write)(struct metrics_out *out);
};

/* --- samples --- */

static const char *metrics_label(const char *value)
{
	string_t *str = t_str_new(64);

	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			str_append_c(str, '\\');
		if (*value == '\n')
			str_append(str, "\\n");
		else
			str_append_c(str, *value);
	}
	return str_c(str);
}

static void put_label(struct metrics_out *out, const char *label,
		      const char *value, uint64_t number)
{
	str_printfa(out->text, METRICS_PREFIX"%s%s", out->family->name,
		    out->family->counter ? "_total" : "");
	if (label != NULL)
		str_printfa(out->text, "{%s=\"%s\"}", label,
			    metrics_label(value));
	str_printfa(out->text, " %llu\n", (unsigned long long)number);
}

static void put(struct metrics_out *out, uint64_t number)
{
	put_label(out, NULL, NULL, number);
}

static void put_seconds(struct metrics_out *out, const char *label,
			const char *value, int64_t ms)
{
	put_label(out, label, value, ms < 0 ? 0 : (uint64_t)ms / 1000);
}

static void put_words(struct metrics_out *out, const char *label,
		      const struct aa_words *words, const uint64_t *numbers)
{
	unsigned int i;

	for (i = 0; i < words->count; i++)
		put_label(out, label, aa_words_name(words, i), numbers[i]);
}

/* --- the service --- */

static void write_build(struct metrics_out *out)
{
	put_label(out, "version", AA_VERSION, 1);
}

static void write_start(struct metrics_out *out)
{
	put_seconds(out, NULL, NULL, out->audit->started_ms);
}

static void write_mode(struct metrics_out *out)
{
	unsigned int i;

	for (i = 0; i < AA_MODE_COUNT; i++) {
		put_label(out, "mode", aa_mode_name((enum aa_mode)i),
			  out->audit->mode == (enum aa_mode)i ? 1 : 0);
	}
}

static void write_connections(struct metrics_out *out)
{
	put(out, listener_count(out->audit));
}

static void write_sessions(struct metrics_out *out)
{
	unsigned int live, ended;

	sessions_count(out->audit, &live, &ended);
	put_label(out, "state", "live", live);
	put_label(out, "state", "uncommitted", ended);
}

static void write_accounts(struct metrics_out *out)
{
	struct accounts_counts counts;

	accounts_count(out->audit, &counts);
	put(out, counts.accounts);
}

static void write_leases(struct metrics_out *out)
{
	put_label(out, "client", "reading", out->audit->counts.asks_early);
	put_label(out, "client", "waiting", out->audit->counts.asks_waiting);
}

/* --- the database --- */

static void write_database_up(struct metrics_out *out)
{
	struct aa_writer_status writer;

	aa_writer_status(out->audit->persist->writer, &writer);
	put_label(out, "for", "reading", persist_ready(out->audit) ? 1 : 0);
	put_label(out, "for", "writing", writer.state == AA_WRITER_OK ? 1 : 0);
}

/* stat() only: nobody but SQLite may open and close these files. */
static void write_database_size(struct metrics_out *out)
{
	const char *path = out->audit->set->access_audit_database;
	struct stat st;

	if (stat(path, &st) == 0)
		put_label(out, "file", "database", (uint64_t)st.st_size);
	if (stat(t_strconcat(path, "-wal", NULL), &st) == 0)
		put_label(out, "file", "wal", (uint64_t)st.st_size);
}

static void write_queue_records(struct metrics_out *out)
{
	struct aa_writer_status writer;

	aa_writer_status(out->audit->persist->writer, &writer);
	put(out, writer.queued_records);
}

static void write_queue_size(struct metrics_out *out)
{
	struct aa_writer_status writer;

	aa_writer_status(out->audit->persist->writer, &writer);
	put(out, writer.queued_bytes);
}

static void write_queue_lost(struct metrics_out *out)
{
	struct aa_writer_status writer;

	aa_writer_status(out->audit->persist->writer, &writer);
	put_label(out, "reason", "full", writer.refused);
	put_label(out, "reason", "invalid", writer.rejected);
}

static void write_commits(struct metrics_out *out)
{
	struct aa_writer_status writer;

	aa_writer_status(out->audit->persist->writer, &writer);
	put(out, writer.commits);
}

static void write_commit_age(struct metrics_out *out)
{
	struct aa_writer_status writer;

	aa_writer_status(out->audit->persist->writer, &writer);
	put_seconds(out, NULL, NULL, out->now_ms -
		    (writer.last_commit_ms != 0 ? writer.last_commit_ms :
		     out->audit->started_ms));
}

/* --- what stands in the database --- */

static void write_incidents(struct metrics_out *out)
{
	if (out->stored->known)
		put_words(out, "state", &aa_incident_state_words,
			  out->stored->incidents);
}

static void write_blocks(struct metrics_out *out)
{
	if (out->stored->known)
		put(out, out->stored->blocks);
}

static void write_gaps_day(struct metrics_out *out)
{
	if (out->stored->known)
		put_words(out, "cause", &aa_gap_cause_words, out->stored->gaps);
}

static void write_gaps_open(struct metrics_out *out)
{
	if (out->stored->known)
		put(out, out->stored->gaps_open);
}

/* --- geo --- */

static void write_geo_loaded(struct metrics_out *out)
{
	struct aa_geo_status geo;
	unsigned int i;

	for (i = 0; aa_geo_status(out->audit->geo, i, out->now_ms, &geo); i++)
		put_label(out, "path", geo.path, geo.loaded ? 1 : 0);
}

static void write_geo_age(struct metrics_out *out)
{
	struct aa_geo_status geo;
	unsigned int i;

	for (i = 0; aa_geo_status(out->audit->geo, i, out->now_ms, &geo); i++) {
		if (geo.loaded)
			put_seconds(out, "path", geo.path,
				    out->now_ms - geo.built_ms);
	}
}

/* --- the policy endpoint --- */

static void write_policy(struct metrics_out *out)
{
	struct policy_counts counts;

	if (!policy_endpoint_counts(out->audit, &counts))
		return;
	put_label(out, "kind", "allow", counts.allows);
	put_label(out, "kind", "success", counts.successes);
	put_label(out, "kind", "failure", counts.failures);
	put_label(out, "kind", "unauthorized", counts.refused);
}

static void write_policy_answers(struct metrics_out *out)
{
	const struct policy_login_counts *counts =
		policy_login_counts(out->audit);

	put_label(out, "answer", "refused", counts->refused);
	put_label(out, "answer", "slowed", counts->slowed);
	put_label(out, "answer", "would-refuse", counts->would_refuse);
	put_label(out, "answer", "would-slow", counts->would_slow);
}

/* --- people --- */

static void write_orders(struct metrics_out *out)
{
	unsigned int i;

	for (i = 0; i < AA_ORDER_COUNT; i++) {
		put_label(out, "kind", aa_order_kind_name((enum aa_order_kind)i),
			  orders_count(out->audit, (enum aa_order_kind)i));
	}
}

static void
write_notify(struct metrics_out *out,
	     uint64_t (*number)(const struct notify_counts *counts))
{
	struct notify_counts counts;
	unsigned int i;

	for (i = 0; i < AA_CHANNEL_COUNT; i++) {
		enum aa_channel channel = (enum aa_channel)i;

		if (notify_counts(out->audit, channel, &counts)) {
			put_label(out, "channel", aa_channel_name(channel),
				  number(&counts));
		}
	}
}

static uint64_t notify_sent(const struct notify_counts *counts)
{
	return counts->sent;
}

static void write_notify_sent(struct metrics_out *out)
{
	write_notify(out, notify_sent);
}

static uint64_t notify_waiting(const struct notify_counts *counts)
{
	return counts->waiting;
}

static void write_notify_waiting(struct metrics_out *out)
{
	write_notify(out, notify_waiting);
}

static uint64_t notify_failures(const struct notify_counts *counts)
{
	return counts->failures;
}

static void write_notify_failures(struct metrics_out *out)
{
	write_notify(out, notify_failures);
}

static const struct metrics_family metrics_families[] = {
	{ "build_info", "", FALSE, "Version of the service.", write_build },
	{ "start_time_seconds", "seconds", FALSE,
	  "When the service began, in seconds since 1970.", write_start },
	{ "mode", "", FALSE, "1 for the mode that is set.", write_mode },
	{ "connections", "", FALSE,
	  "Mail processes and admins connected now.", write_connections },
	{ "sessions", "", FALSE,
	  "Sessions in memory: live, or over and not yet committed.",
	  write_sessions },
	{ "accounts", "", FALSE, "Accounts in memory.", write_accounts },
	{ "lease_requests", "", TRUE,
	  "Requests for a lease: early, while the client went on reading, or "
	  "while it stood waiting.", write_leases },
	{ "database_up", "", FALSE,
	  "1 if the database can be read and written.", write_database_up },
	{ "database_size_bytes", "bytes", FALSE,
	  "Size of the database and of its write-ahead log.",
	  write_database_size },
	{ "queue_records", "", FALSE,
	  "Records that wait for their commit.", write_queue_records },
	{ "queue_size_bytes", "bytes", FALSE,
	  "Memory of the records that wait for their commit.",
	  write_queue_size },
	{ "queue_rejected", "", TRUE,
	  "Records that the queue had no room for, or that could never be "
	  "written.", write_queue_lost },
	{ "commits", "", TRUE, "Transactions committed.", write_commits },
	{ "commit_age_seconds", "seconds", FALSE,
	  "Time since the last commit; a sign of life is committed also when "
	  "nothing happens.", write_commit_age },
	{ "incidents", "", FALSE, "Incidents of the last 30 days by state.", write_incidents },
	{ "blocks", "", FALSE, "Blocks in force.", write_blocks },
	{ "orders", "", FALSE,
	  "Orders of admins in force, by kind.", write_orders },
	{ "notify_sent", "", TRUE,
	  "Notifications delivered, by channel.", write_notify_sent },
	{ "notify_waiting", "", FALSE,
	  "Notifications that wait to be delivered.", write_notify_waiting },
	{ "notify_failures", "", FALSE,
	  "Failures in a row to deliver a notification; 0 if the last one was "
	  "delivered.", write_notify_failures },
	{ "gaps_last_day", "", FALSE,
	  "Gaps in the record that ended within 24 hours, by cause.",
	  write_gaps_day },
	{ "gaps_open", "", FALSE,
	  "Gaps in the record that grew within the last minute.",
	  write_gaps_open },
	{ "geo_loaded", "", FALSE,
	  "1 if the geo database is in use.", write_geo_loaded },
	{ "geo_age_seconds", "seconds", FALSE,
	  "Time since the geo database was built by its maker.",
	  write_geo_age },
	{ "policy_requests", "", TRUE,
	  "Requests to the policy endpoint; unauthorized: without the right "
	  "key.", write_policy },
	{ "policy_answers", "", TRUE,
	  "Logins that the policy endpoint refused or slowed, or would have in "
	  "mode enforce.", write_policy_answers },
};

static void write_family(struct metrics_out *out)
{
	const struct metrics_family *family = out->family;
	const char *name = t_strconcat(METRICS_PREFIX, family->name,
		family->counter && !out->openmetrics ? "_total" : "", NULL);

	str_printfa(out->text, "# HELP %s %s\n# TYPE %s %s\n", name,
		    family->help, name, family->counter ? "counter" : "gauge");
	if (out->openmetrics && *family->unit != '\0')
		str_printfa(out->text, "# UNIT %s %s\n", name, family->unit);
	family->write(out);
}

const char *metrics_text(struct audit *audit, const struct metrics_stored *stored,
			 bool openmetrics)
{
	struct metrics_out out = {
		.audit = audit,
		.stored = stored,
		.text = t_str_new(4096),
		.now_ms = audit_now_ms(),
		.openmetrics = openmetrics,
	};
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(metrics_families); i++) {
		out.family = &metrics_families[i];
		write_family(&out);
	}
	if (openmetrics)
		str_append(out.text, "# EOF\n");
	return str_c(out.text);
}
