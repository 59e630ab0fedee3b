#ifndef AUDIT_H
#define AUDIT_H

/* The state of the process: one of these, made in main.c and handed to every
   room file. No other globals. */

#include "lib.h"
#include "engine.h"
#include "geo.h"

struct event;
struct aa_settings;

struct audit {
	struct event *event;		/* parent of all events of the service */
	const struct aa_settings *set;
	struct aa_policy policy;
	struct aa_geo *geo;
	struct persist *persist;
	struct boxes *boxes;
	struct accounts *accounts;
	struct sessions *sessions;
	struct gaps *gaps;
	struct listener *listener;
	struct policy_endpoint *endpoint;
	int64_t started_ms;
};

/* The clock of the main thread: the time at which the ioloop woke up. */
int64_t audit_now_ms(void);

/* The settings as the engine wants them. */
void audit_policy_init(struct aa_policy *policy_r,
		       const struct aa_settings *set);

/* The part of a client's name by which it is known and blocked: lower case,
   without the version ("Thunderbird/115.3" -> "thunderbird"), so that an update
   of the client makes nobody a stranger. */
void audit_client_family(const char *client, char family_r[AA_NAME_MAX]);

#endif
