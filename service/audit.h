#ifndef AUDIT_H
#define AUDIT_H

/* The state of the process: one of these, made in main.c and handed to every
   room file. No other globals. */

#include "lib.h"
#include "engine.h"
#include "geo.h"

struct event;
struct aa_settings;

/* Since the start, for metrics. */
struct audit_counts {
	uint64_t asks_early, asks_waiting;	/* for a lease */
};

struct audit {
	struct event *event;		/* parent of all events of the service */
	const struct aa_settings *set;
	struct aa_policies policies;
	enum aa_mode mode;		/* the same for all of them */
	enum aa_names names;
	struct aa_geo *geo;
	struct sensitive_words *words;
	struct neighbours *neighbours;
	struct persist *persist;
	struct orders *orders;
	struct boxes *boxes;
	struct accounts *accounts;
	struct blocked *blocked;
	struct campaigns *campaigns;
	struct canaries *canaries;
	struct sessions *sessions;
	struct aa_sha256 *hash;		/* of Message-IDs */
	struct gaps *gaps;
	struct forget *forget;
	struct listener *listener;
	struct notify *notify;
	struct policy_endpoint *endpoint;
	struct policy_logins *policy_logins;
	struct witness *witness;
	struct metrics *metrics;
	struct audit_counts counts;
	int64_t started_ms;
};

/* The clock of the main thread: the time at which the ioloop woke up. */
int64_t audit_now_ms(void);

/* The settings and the policy file as the engine wants them. Reads the file, so
   it is to be called with the rights of whoever may read the configuration. 0,
   or -1: the error names file, line and what is allowed. */
int audit_policies_init(struct audit *audit, const char **error_r);
void audit_policies_deinit(struct audit *audit);
/* An incident without a fact for so long is over. */
int64_t audit_incident_quiet_ms(const struct audit *audit);
/* A geo file that is configured is (not) missing now. */
void audit_geo_missing(struct audit *audit, bool missing);

#endif
