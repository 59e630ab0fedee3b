/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "array.h"
#include "str.h"
#include "admin.h"
#include "notify-queue.h"
#include "timeval.h"

/* The defaults of access_audit_notify_per_hour and access_audit_incident_quiet. */
#define PER_HOUR 20
#define QUIET_MS (7 * AA_DAY_MS)

struct incident {
	struct aa_rec_incident rec;
	char account[AA_NAME_MAX];
};

struct admin {
	struct notify_queue queue;
	int64_t now_ms;
	unsigned int per_hour;
	bool closed, away;
	ARRAY(struct incident) incidents;
	/* The store: its row with the id i + 1; body is its own. */
	ARRAY(struct aa_rec_notification) rows;
	/* What reached her, in order; made_ms: when. */
	ARRAY(struct aa_rec_notification) told;
};

void admins_init(void)
{
	lib_init();
}

void admins_deinit(void)
{
	lib_deinit();
}

/* --- the store --- */

static void rec_copy(struct aa_rec_notification *dest,
		     const struct aa_rec_notification *rec)
{
	*dest = *rec;
	dest->body = i_strdup(rec->body);
}

static void rec_free(struct aa_rec_notification *rec)
{
	char *body = (char *)rec->body;

	i_free(body);
}

static void admin_put(void *context, struct notification *n)
{
	struct admin *admin = context;
	struct aa_rec_notification *row = array_idx_get_space(&admin->rows,
		(unsigned int)n->rec.id - 1);

	rec_free(row);
	rec_copy(row, &n->rec);
}

static bool admin_is_safe(void *context ATTR_UNUSED,
			  const struct notification *n ATTR_UNUSED)
{
	return TRUE;
}

static void admin_write(void *context ATTR_UNUSED, string_t *body,
			const struct notify_story *story)
{
	notify_text_json(body, story);
}

static int64_t admin_next_id(void *context)
{
	struct admin *admin = context;

	(void)array_append_space(&admin->rows);
	return array_count(&admin->rows);
}

static void admin_given_up_row(void *context ATTR_UNUSED,
			       const struct notification *n ATTR_UNUSED)
{
	/* Its row tells. */
}

static const struct notify_keeper admin_keeper = {
	.put = admin_put,
	.is_safe = admin_is_safe,
	.write = admin_write,
	.next_id = admin_next_id,
	.given_up = admin_given_up_row,
};

/* The rows that sql/statements.sql, notifications, reads at start. */
void admin_reload(struct admin *admin)
{
	const struct aa_rec_notification *row;

	notify_queue_deinit(&admin->queue);
	notify_queue_init(&admin->queue, AA_CHANNEL_WEBHOOK, &admin_keeper, admin);
	array_foreach(&admin->rows, row) {
		if (row->state == AA_NOTIFY_WAITING ||
		    row->made_ms >= admin->now_ms - NOTIFY_HOUR_MS)
			notify_queue_load(&admin->queue, row, admin->now_ms);
	}
}

/* --- --- */

struct admin *admin_new(void)
{
	struct admin *admin = i_new(struct admin, 1);

	admin->per_hour = PER_HOUR;
	i_array_init(&admin->incidents, 64);
	i_array_init(&admin->rows, 64);
	i_array_init(&admin->told, 64);
	notify_queue_init(&admin->queue, AA_CHANNEL_WEBHOOK, &admin_keeper, admin);
	return admin;
}

void admin_free(struct admin **_admin)
{
	struct admin *admin = *_admin;
	struct aa_rec_notification *rec;

	*_admin = NULL;
	notify_queue_deinit(&admin->queue);
	array_foreach_modifiable(&admin->rows, rec)
		rec_free(rec);
	array_foreach_modifiable(&admin->told, rec)
		rec_free(rec);
	array_free(&admin->rows);
	array_free(&admin->told);
	array_free(&admin->incidents);
	i_free(admin);
}

void admin_hears(struct admin *admin, unsigned int per_hour, bool closed)
{
	admin->per_hour = per_hour;
	admin->closed = closed;
}

void admin_away(struct admin *admin, bool away)
{
	admin->away = away;
}

/* --- incidents --- */

static struct notify_story
story_of(const struct admin *admin, const struct incident *incident)
{
	struct notify_story story = {
		.id = notify_new_id(),
		.at_ms = admin->now_ms,
		.ref = incident->rec.ref,
		.campaign = incident->rec.kind == AA_INCIDENT_KIND_CAMPAIGN,
		.account = incident->account,
		.country = incident->rec.country,
		.network = incident->rec.network,
		.client = incident->rec.client,
		.action = incident->rec.action,
		.enforced = incident->rec.enforced,
		.summary = incident->rec.summary,
		.messages = incident->rec.bodies,
	};

	return story;
}

static void tell(struct admin *admin, const struct incident *incident,
		 const struct notify_story *story)
{
	(void)notify_queue_tell(&admin->queue, story, incident->rec.id,
				admin->per_hour, admin->now_ms);
}

/* As notify_incident_closed() does. */
static void incident_close(struct admin *admin, struct incident *incident,
			   const char *how)
{
	struct notify_story story = story_of(admin, incident);

	incident->rec.state = AA_INCIDENT_CLOSED;
	story.kind = AA_NOTIFY_CLOSED;
	story.closed = how;
	if (admin->closed)
		tell(admin, incident, &story);
}

static struct incident *
incident_new(struct admin *admin, const struct admin_fact *fact,
	     const char *account)
{
	struct incident *incident = array_append_space(&admin->incidents);
	struct aa_rec_incident *rec = &incident->rec;

	rec->id = array_count(&admin->incidents);
	i_snprintf(rec->ref, sizeof(rec->ref), "AA-%lld", (long long)rec->id);
	rec->state = AA_INCIDENT_OPEN;
	rec->kind = fact->campaign ? AA_INCIDENT_KIND_CAMPAIGN :
		AA_INCIDENT_KIND_ACCOUNT;
	i_strocpy(rec->country, fact->place->country, sizeof(rec->country));
	i_strocpy(rec->network, fact->place->network, sizeof(rec->network));
	i_strocpy(rec->client, fact->client, sizeof(rec->client));
	i_strocpy(incident->account, account, sizeof(incident->account));
	return incident;
}

static struct incident *
incident_of(struct admin *admin, const struct admin_fact *fact)
{
	const char *account = fact->campaign ? "" : fact->account;
	struct incident *incident;

	array_foreach_modifiable(&admin->incidents, incident) {
		if (incident->rec.state == AA_INCIDENT_OPEN &&
		    strcmp(incident->account, account) == 0 &&
		    strcmp(incident->rec.network, fact->place->network) == 0)
			return incident;
	}
	return incident_new(admin, fact, account);
}

/* As incident_add() does. */
static unsigned int
incident_add(struct admin *admin, struct incident *incident,
	     const struct admin_fact *fact)
{
	struct aa_rec_incident *rec = &incident->rec;
	unsigned int before = notify_gravity(rec);

	rec->action = I_MAX(rec->action, fact->verdict->action);
	rec->enforced = rec->enforced || fact->enforced;
	rec->last_ms = admin->now_ms;
	rec->bodies += fact->messages;
	i_strocpy(rec->summary, fact->verdict->reasons[0], sizeof(rec->summary));
	return before;
}

void admin_judged(struct admin *admin, const struct admin_fact *fact)
{
	T_BEGIN {
		struct incident *incident = incident_of(admin, fact);
		unsigned int before = incident_add(admin, incident, fact);
		struct notify_story story = story_of(admin, incident);

		story.verdict = fact->verdict;
		story.mode = fact->mode;
		if (notify_is_worse(&incident->rec, before, &story.kind))
			tell(admin, incident, &story);
		admin_until(admin, admin->now_ms);
	} T_END;
}

bool admin_closes(struct admin *admin, const char *account)
{
	struct incident *incident;
	bool any = FALSE;

	array_foreach_modifiable(&admin->incidents, incident) {
		if (incident->rec.state != AA_INCIDENT_OPEN ||
		    strcmp(incident->account, account) != 0)
			continue;
		any = TRUE;
		T_BEGIN {
			incident_close(admin, incident, "by root");
		} T_END;
	}
	admin_until(admin, admin->now_ms);
	return any;
}

/* --- time --- */

static void deliver(struct admin *admin, struct notification *n)
{
	struct aa_rec_notification *told;

	notify_queue_sending(&admin->queue, n);
	if (admin->away) {
		notify_queue_failed(&admin->queue, "answered 503 Away",
				    admin->now_ms);
		return;
	}
	told = array_append_space(&admin->told);
	rec_copy(told, &n->rec);
	told->made_ms = admin->now_ms;
	(void)notify_queue_sent(&admin->queue, admin->now_ms);
}

static struct incident *quiet_next(const struct admin *admin, int64_t *when_ms_r)
{
	struct incident *incident, *next = NULL;

	array_foreach_modifiable(&admin->incidents, incident) {
		if (incident->rec.state == AA_INCIDENT_OPEN &&
		    (next == NULL || incident->rec.last_ms < next->rec.last_ms))
			next = incident;
	}
	if (next != NULL)
		*when_ms_r = next->rec.last_ms + QUIET_MS;
	return next;
}

/* Does what comes next, if it comes by then. */
static bool go_on(struct admin *admin, int64_t until_ms)
{
	int64_t send_ms = INT64_MAX, quiet_ms = INT64_MAX;
	struct notification *n = notify_queue_next(&admin->queue, admin->now_ms,
						   &send_ms);
	struct incident *quiet = quiet_next(admin, &quiet_ms);
	int64_t when_ms = I_MIN(send_ms, quiet_ms);

	if (when_ms > until_ms)
		return FALSE;
	admin->now_ms = I_MAX(admin->now_ms, when_ms);
	if (send_ms <= quiet_ms)
		deliver(admin, n);
	else
		incident_close(admin, quiet, "quiet for 7 d");
	return TRUE;
}

void admin_until(struct admin *admin, int64_t now_ms)
{
	bool more;

	/* Stories of several accounts go back in time. */
	admin->now_ms = I_MIN(admin->now_ms, now_ms);
	do T_BEGIN {
		more = go_on(admin, now_ms);
	} T_END; while (more);
	admin->now_ms = now_ms;
}

/* --- questions --- */

unsigned int admin_told(const struct admin *admin, enum aa_notify_kind kind,
			int64_t since_ms)
{
	const struct aa_rec_notification *told;
	unsigned int count = 0;

	array_foreach(&admin->told, told) {
		if ((kind == AA_NOTIFY_COUNT || told->kind == kind) &&
		    told->made_ms >= since_ms)
			count++;
	}
	return count;
}

unsigned int admin_counted(const struct admin *admin)
{
	const struct aa_rec_notification *told;
	unsigned int count = 0;

	array_foreach(&admin->told, told)
		count += told->kind == AA_NOTIFY_HELD ? told->held : 1;
	return count;
}

bool admin_last_says(const struct admin *admin, const char *part)
{
	const struct aa_rec_notification *told;
	unsigned int count;

	told = array_get(&admin->told, &count);
	return count > 0 && strstr(told[count - 1].body, part) != NULL;
}

unsigned int admin_waiting(const struct admin *admin)
{
	return admin->queue.waiting;
}

unsigned int admin_given_up(const struct admin *admin)
{
	const struct aa_rec_notification *row;
	unsigned int count = 0;

	array_foreach(&admin->rows, row)
		count += row->state == AA_NOTIFY_GIVEN_UP ? 1 : 0;
	return count;
}

unsigned int admin_incidents(const struct admin *admin)
{
	return array_count(&admin->incidents);
}
