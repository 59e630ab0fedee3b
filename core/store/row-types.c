/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "row.h"
#include "store.h"

#include <stddef.h>

/* Which member of a record has which name in SQL. */

#define FIELD(record, column, member, kind, ...) { \
	.name = #column, .type = AA_FIELD_##kind, \
	.offset = offsetof(struct record, member), \
	.size = sizeof(((struct record *)NULL)->member), ##__VA_ARGS__ }
#define KEY .key = true
#define OPTIONAL .optional = true
#define WORDS(what) .words = &aa_##what##_words

static const struct aa_field account_fields[] = {
	FIELD(aa_rec_account, id, id, INT, KEY),
	FIELD(aa_rec_account, name, name, TEXT),
	FIELD(aa_rec_account, first_ms, first_ms, INT),
	FIELD(aa_rec_account, last_ms, last_ms, INT),
	FIELD(aa_rec_account, sessions, sessions, UINT),
	FIELD(aa_rec_account, uid_known, uid_known, UINT),
	FIELD(aa_rec_account, uid, uid, UINT),
	FIELD(aa_rec_account, life, life, STRING)
};

static const struct aa_field session_fields[] = {
	FIELD(aa_rec_session, id, id, INT, KEY),
	FIELD(aa_rec_session, account_id, account_id, INT),
	FIELD(aa_rec_session, account, login.account, TEXT),
	FIELD(aa_rec_session, key, login.key, TEXT),
	FIELD(aa_rec_session, session_id, login.session_id, TEXT, OPTIONAL),
	FIELD(aa_rec_session, real_user, login.real_user, TEXT, OPTIONAL),
	FIELD(aa_rec_session, service, login.service, TEXT),
	FIELD(aa_rec_session, method, login.method, TEXT, OPTIONAL),
	FIELD(aa_rec_session, ip, login.remote, IP, OPTIONAL),
	FIELD(aa_rec_session, port, login.remote_port, UINT, OPTIONAL),
	FIELD(aa_rec_session, local_ip, login.local, IP, OPTIONAL),
	FIELD(aa_rec_session, local_port, login.local_port, UINT, OPTIONAL),
	FIELD(aa_rec_session, proxy_ip, login.proxy, IP, OPTIONAL),
	FIELD(aa_rec_session, tls, login.tls, UINT),
	FIELD(aa_rec_session, client, login.client, TEXT, OPTIONAL),
	FIELD(aa_rec_session, first_ms, login.at_ms, INT),
	FIELD(aa_rec_session, unaudited_ms, login.unaudited_ms, INT),
	FIELD(aa_rec_session, country, place.country, TEXT, OPTIONAL),
	FIELD(aa_rec_session, asn, place.asn, UINT, OPTIONAL),
	FIELD(aa_rec_session, as_org, place.as_org, TEXT, OPTIONAL),
	FIELD(aa_rec_session, network, place.network, TEXT),
	FIELD(aa_rec_session, located, place.has_location, UINT),
	FIELD(aa_rec_session, lat, place.lat, REAL),
	FIELD(aa_rec_session, lon, place.lon, REAL),
	FIELD(aa_rec_session, radius_km, place.radius_km, UINT),
	FIELD(aa_rec_session, private_ip, place.is_private, UINT),
	FIELD(aa_rec_session, standing, standing, WORD, WORDS(standing)),
	FIELD(aa_rec_session, confirmed, confirmed, UINT),
	FIELD(aa_rec_session, last_ms, last_ms, INT),
	FIELD(aa_rec_session, end_ms, end_ms, INT, OPTIONAL),
	FIELD(aa_rec_session, end_reason, end_reason, WORD, WORDS(end_reason)),
	FIELD(aa_rec_session, paused, paused, UINT),
	FIELD(aa_rec_session, action, action, WORD, WORDS(action)),
	FIELD(aa_rec_session, enforced, enforced, UINT),
	FIELD(aa_rec_session, incident_id, incident_id, INT, OPTIONAL),
	FIELD(aa_rec_session, bodies, bodies, UINT),
	FIELD(aa_rec_session, first_time_bodies, first_time_bodies, UINT),
	FIELD(aa_rec_session, body_bytes, body_bytes, UINT),
	FIELD(aa_rec_session, bytes_in, bytes_in, UINT),
	FIELD(aa_rec_session, bytes_out, bytes_out, UINT),
	FIELD(aa_rec_session, lease_granted, lease_granted, UINT),
	FIELD(aa_rec_session, lease_spent, lease_spent, UINT),
	FIELD(aa_rec_session, seq, seq, UINT),
	FIELD(aa_rec_session, visit, visit, STRING),
	FIELD(aa_rec_session, net_class, place.net_class, WORD, WORDS(net_class)),
	FIELD(aa_rec_session, origin, origin, WORD, WORDS(origin))
};

static const struct aa_field mailbox_fields[] = {
	FIELD(aa_rec_mailbox, id, id, INT, KEY),
	FIELD(aa_rec_mailbox, guid, guid, TEXT),
	FIELD(aa_rec_mailbox, uidvalidity, uidvalidity, UINT),
	FIELD(aa_rec_mailbox, name, name, TEXT),
	FIELD(aa_rec_mailbox, owner, owner, TEXT)
};

static const struct aa_field read_fields[] = {
	FIELD(aa_rec_read, session_id, session_id, INT, KEY),
	FIELD(aa_rec_read, mailbox_id, mailbox_id, INT, KEY),
	FIELD(aa_rec_read, kind, read.kind, WORD, KEY, WORDS(kind)),
	FIELD(aa_rec_read, name, read.box_name, TEXT),
	FIELD(aa_rec_read, guid, read.box_guid, TEXT),
	FIELD(aa_rec_read, uidvalidity, read.uidvalidity, UINT),
	FIELD(aa_rec_read, owner, read.owner, TEXT),
	FIELD(aa_rec_read, uids, uids, STRING),
	FIELD(aa_rec_read, messages, messages, UINT),
	FIELD(aa_rec_read, first_time, first_time, UINT),
	FIELD(aa_rec_read, bytes, read.bytes, UINT),
	FIELD(aa_rec_read, first_ms, read.first_ms, INT),
	FIELD(aa_rec_read, last_ms, read.last_ms, INT),
	FIELD(aa_rec_read, old_messages, read.old_messages, UINT),
	FIELD(aa_rec_read, oldest_s, read.oldest_s, INT, OPTIONAL),
	FIELD(aa_rec_read, newest_s, read.newest_s, INT, OPTIONAL),
	FIELD(aa_rec_read, fields, read.fields, TEXT, OPTIONAL),
	FIELD(aa_rec_read, fields_wide, read.fields_wide, UINT),
	FIELD(aa_rec_read, stale, stale, UINT)
};

static const struct aa_field search_fields[] = {
	FIELD(aa_rec_search, session_id, session_id, INT, KEY),
	FIELD(aa_rec_search, mailbox_id, mailbox_id, INT, KEY),
	FIELD(aa_rec_search, at_ms, at_ms, INT, KEY),
	FIELD(aa_rec_search, terms, terms, STRING, KEY),
	FIELD(aa_rec_search, hits, hits, UINT),
	FIELD(aa_rec_search, categories, categories, STRING)
};

static const struct aa_field seen_fields[] = {
	FIELD(aa_rec_seen, account_id, account_id, INT, KEY),
	FIELD(aa_rec_seen, mailbox_id, mailbox_id, INT, KEY),
	FIELD(aa_rec_seen, uids, uids, STRING),
	FIELD(aa_rec_seen, reach, reach, TEXT),
	FIELD(aa_rec_seen, strange, strange, STRING)
};

static const struct aa_field known_fields[] = {
	FIELD(aa_rec_known, account_id, account_id, INT, KEY),
	FIELD(aa_rec_known, what, what, UINT, KEY),
	FIELD(aa_rec_known, name, name, TEXT, KEY),
	FIELD(aa_rec_known, days, days, UINT),
	FIELD(aa_rec_known, first_day, first_day, INT),
	FIELD(aa_rec_known, last_day, last_day, INT),
	FIELD(aa_rec_known, fresh, fresh, UINT),
	FIELD(aa_rec_known, stale, stale, UINT),
	FIELD(aa_rec_known, prefix_days, prefix_days, UINT)
};

static const struct aa_field daily_fields[] = {
	FIELD(aa_rec_daily, account_id, account_id, INT, KEY),
	FIELD(aa_rec_daily, day, day, INT, KEY),
	FIELD(aa_rec_daily, bodies, bodies, UINT),
	FIELD(aa_rec_daily, stale, stale, UINT),
	FIELD(aa_rec_daily, odd_bodies, odd_bodies, UINT),
	FIELD(aa_rec_daily, odd_stale, odd_stale, UINT),
	FIELD(aa_rec_daily, headers, headers, UINT)
};

static const struct aa_field site_fields[] = {
	FIELD(aa_rec_site, key, key, TEXT, KEY),
	FIELD(aa_rec_site, state, state, TEXT)
};

static const struct aa_field verdict_fields[] = {
	FIELD(aa_rec_verdict, id, id, INT, KEY),
	FIELD(aa_rec_verdict, session_id, session_id, INT),
	FIELD(aa_rec_verdict, at_ms, at_ms, INT),
	FIELD(aa_rec_verdict, action, verdict.action, WORD, WORDS(action)),
	FIELD(aa_rec_verdict, rule, verdict.rule, TEXT, OPTIONAL),
	FIELD(aa_rec_verdict, reasons, verdict, REASONS, OPTIONAL),
	FIELD(aa_rec_verdict, mode, mode, WORD, WORDS(mode)),
	FIELD(aa_rec_verdict, enforced, enforced, UINT),
	FIELD(aa_rec_verdict, incident_id, incident_id, INT, OPTIONAL)
};

static const struct aa_field incident_fields[] = {
	FIELD(aa_rec_incident, id, id, INT, KEY),
	FIELD(aa_rec_incident, ref, ref, TEXT),
	FIELD(aa_rec_incident, account_id, account_id, INT),
	FIELD(aa_rec_incident, country, country, TEXT, OPTIONAL),
	FIELD(aa_rec_incident, network, network, TEXT),
	FIELD(aa_rec_incident, client, client, TEXT, OPTIONAL),
	FIELD(aa_rec_incident, state, state, WORD, WORDS(incident_state)),
	FIELD(aa_rec_incident, action, action, WORD, WORDS(action)),
	FIELD(aa_rec_incident, enforced, enforced, UINT),
	FIELD(aa_rec_incident, opened_ms, opened_ms, INT),
	FIELD(aa_rec_incident, last_ms, last_ms, INT),
	FIELD(aa_rec_incident, sessions, sessions, UINT),
	FIELD(aa_rec_incident, bodies, bodies, UINT),
	FIELD(aa_rec_incident, first_time_bodies, first_time_bodies, UINT),
	FIELD(aa_rec_incident, summary, summary, TEXT),
	FIELD(aa_rec_incident, finding, finding, WORD, WORDS(finding)),
	FIELD(aa_rec_incident, decided_ms, decided_ms, INT, OPTIONAL),
	FIELD(aa_rec_incident, decided_by, decided_by, TEXT, OPTIONAL),
	FIELD(aa_rec_incident, kind, kind, WORD, WORDS(incident_kind)),
	FIELD(aa_rec_incident, source, source, TEXT, OPTIONAL),
	FIELD(aa_rec_incident, accounts, accounts, UINT),
	FIELD(aa_rec_incident, former_id, former_id, INT, OPTIONAL),
	FIELD(aa_rec_incident, joined_id, joined_id, INT, OPTIONAL)
};

static const struct aa_field incident_account_fields[] = {
	FIELD(aa_rec_incident_account, incident_id, incident_id, INT, KEY),
	FIELD(aa_rec_incident_account, account, account, TEXT, KEY),
	FIELD(aa_rec_incident_account, part, part, WORD, WORDS(part_taken)),
	FIELD(aa_rec_incident_account, first_ms, first_ms, INT),
	FIELD(aa_rec_incident_account, last_ms, last_ms, INT)
};

static const struct aa_field block_fields[] = {
	FIELD(aa_rec_block, id, id, INT, KEY),
	FIELD(aa_rec_block, account_id, account_id, INT, OPTIONAL),
	FIELD(aa_rec_block, account, account, TEXT),
	FIELD(aa_rec_block, network, network, TEXT),
	FIELD(aa_rec_block, client, client, TEXT),
	FIELD(aa_rec_block, from_ms, from_ms, INT),
	FIELD(aa_rec_block, until_ms, until_ms, INT),
	FIELD(aa_rec_block, lifted_ms, lifted_ms, INT, OPTIONAL),
	FIELD(aa_rec_block, made_by, made_by, TEXT),
	FIELD(aa_rec_block, lifted_by, lifted_by, TEXT, OPTIONAL),
	FIELD(aa_rec_block, note, note, TEXT, OPTIONAL),
	FIELD(aa_rec_block, incident_id, incident_id, INT, OPTIONAL)
};

static const struct aa_field order_fields[] = {
	FIELD(aa_rec_order, id, id, INT, KEY),
	FIELD(aa_rec_order, kind, kind, WORD, WORDS(order_kind)),
	FIELD(aa_rec_order, account, account, TEXT),
	FIELD(aa_rec_order, what, what, TEXT),
	FIELD(aa_rec_order, from_ms, from_ms, INT),
	FIELD(aa_rec_order, until_ms, until_ms, INT, OPTIONAL),
	FIELD(aa_rec_order, lifted_ms, lifted_ms, INT, OPTIONAL),
	FIELD(aa_rec_order, made_by, made_by, TEXT),
	FIELD(aa_rec_order, lifted_by, lifted_by, TEXT, OPTIONAL),
	FIELD(aa_rec_order, note, note, TEXT, OPTIONAL),
	FIELD(aa_rec_order, incident_id, incident_id, INT, OPTIONAL)
};

static const struct aa_field notification_fields[] = {
	FIELD(aa_rec_notification, id, id, INT, KEY),
	FIELD(aa_rec_notification, event, event, TEXT),
	FIELD(aa_rec_notification, incident_id, incident_id, INT, OPTIONAL),
	FIELD(aa_rec_notification, channel, channel, WORD, WORDS(channel)),
	FIELD(aa_rec_notification, kind, kind, WORD, WORDS(notify_kind)),
	FIELD(aa_rec_notification, account, account, TEXT, OPTIONAL),
	FIELD(aa_rec_notification, state, state, WORD, WORDS(notify_state)),
	FIELD(aa_rec_notification, made_ms, made_ms, INT),
	FIELD(aa_rec_notification, due_ms, due_ms, INT),
	FIELD(aa_rec_notification, done_ms, done_ms, INT, OPTIONAL),
	FIELD(aa_rec_notification, tries, tries, UINT),
	FIELD(aa_rec_notification, held, held, UINT),
	FIELD(aa_rec_notification, error, error, TEXT, OPTIONAL),
	FIELD(aa_rec_notification, body, body, STRING)
};

static const struct aa_field canary_fields[] = {
	FIELD(aa_rec_canary, id, id, INT, KEY),
	FIELD(aa_rec_canary, account, account, TEXT),
	FIELD(aa_rec_canary, guid, guid, TEXT),
	FIELD(aa_rec_canary, uidvalidity, uidvalidity, UINT),
	FIELD(aa_rec_canary, uid, uid, UINT),
	FIELD(aa_rec_canary, box, box, TEXT),
	FIELD(aa_rec_canary, subject, subject, TEXT),
	FIELD(aa_rec_canary, message_id, message_id, TEXT),
	FIELD(aa_rec_canary, made_ms, made_ms, INT),
	FIELD(aa_rec_canary, made_by, made_by, TEXT),
	FIELD(aa_rec_canary, armed_ms, armed_ms, INT),
	FIELD(aa_rec_canary, swept, swept, UINT),
	FIELD(aa_rec_canary, tripped, tripped, UINT),
	FIELD(aa_rec_canary, tripped_ms, tripped_ms, INT, OPTIONAL),
	FIELD(aa_rec_canary, incident_id, incident_id, INT, OPTIONAL),
	FIELD(aa_rec_canary, removed_ms, removed_ms, INT, OPTIONAL),
	FIELD(aa_rec_canary, removed_by, removed_by, TEXT, OPTIONAL)
};

static const struct aa_field gap_fields[] = {
	FIELD(aa_rec_gap, id, id, INT, KEY),
	FIELD(aa_rec_gap, cause, cause, WORD, WORDS(gap_cause)),
	FIELD(aa_rec_gap, from_ms, from_ms, INT),
	FIELD(aa_rec_gap, until_ms, until_ms, INT),
	FIELD(aa_rec_gap, account, account, TEXT, OPTIONAL),
	FIELD(aa_rec_gap, session_id, session_id, TEXT, OPTIONAL),
	FIELD(aa_rec_gap, sessions, sessions, UINT),
	FIELD(aa_rec_gap, messages, messages, UINT),
	FIELD(aa_rec_gap, detail, detail, TEXT, OPTIONAL)
};

static const struct aa_field failed_fields[] = {
	FIELD(aa_rec_failed, day, day, INT, KEY),
	FIELD(aa_rec_failed, ip, ip, IP, KEY),
	FIELD(aa_rec_failed, name, name, TEXT, KEY),
	FIELD(aa_rec_failed, known_account, known_account, UINT),
	FIELD(aa_rec_failed, count, count, UINT),
	FIELD(aa_rec_failed, first_ms, first_ms, INT),
	FIELD(aa_rec_failed, last_ms, last_ms, INT),
	FIELD(aa_rec_failed, country, country, TEXT, OPTIONAL),
	FIELD(aa_rec_failed, network, network, TEXT, OPTIONAL)
};

/* What is told anew of a message fills in what is unknown, and that is for the statement
   to do: only what says the same takes the place of one that waits. */
static const struct aa_field message_fields[] = {
	FIELD(aa_rec_message, mailbox_id, mailbox_id, INT, KEY),
	FIELD(aa_rec_message, uid, uid, UINT, KEY),
	FIELD(aa_rec_message, message_id, message_id, STRING, KEY, OPTIONAL),
	FIELD(aa_rec_message, mid, mid, INT, KEY, OPTIONAL),
	FIELD(aa_rec_message, size, size, UINT, KEY, OPTIONAL),
	FIELD(aa_rec_message, date_s, date_s, INT, KEY, OPTIONAL),
	FIELD(aa_rec_message, last_ms, last_ms, INT)
};

static const struct aa_field inquiry_fields[] = {
	FIELD(aa_rec_inquiry, id, id, INT, KEY),
	FIELD(aa_rec_inquiry, at_ms, at_ms, INT),
	FIELD(aa_rec_inquiry, made_by, made_by, TEXT),
	FIELD(aa_rec_inquiry, verb, verb, TEXT),
	FIELD(aa_rec_inquiry, about, about, STRING),
	FIELD(aa_rec_inquiry, rows, rows, UINT)
};

static const struct aa_field tombstone_fields[] = {
	FIELD(aa_rec_tombstone, id, id, INT, KEY),
	FIELD(aa_rec_tombstone, what, what, TEXT),
	FIELD(aa_rec_tombstone, from_key, from_key, INT),
	FIELD(aa_rec_tombstone, to_key, to_key, INT),
	FIELD(aa_rec_tombstone, at_ms, at_ms, INT),
	FIELD(aa_rec_tombstone, why, why, TEXT),
	FIELD(aa_rec_tombstone, rows, rows, UINT),
	FIELD(aa_rec_tombstone, made_by, made_by, TEXT)
};

static const struct aa_field alive_fields[] = {
	FIELD(aa_rec_alive, at_ms, at_ms, INT),
	FIELD(aa_rec_alive, clean, clean, UINT),
	FIELD(aa_rec_alive, run, run, UINT),
	FIELD(aa_rec_alive, ticket, ticket, UINT),
	FIELD(aa_rec_alive, trusted_ms, trusted_ms, INT)
};

static const struct aa_field next_ids_fields[] = {
	FIELD(aa_next_ids, account, account, INT),
	FIELD(aa_next_ids, session, session, INT),
	FIELD(aa_next_ids, mailbox, mailbox, INT),
	FIELD(aa_next_ids, verdict, verdict, INT),
	FIELD(aa_next_ids, incident, incident, INT),
	FIELD(aa_next_ids, block, block, INT),
	FIELD(aa_next_ids, order, order, INT),
	FIELD(aa_next_ids, notification, notification, INT),
	FIELD(aa_next_ids, canary, canary, INT),
	FIELD(aa_next_ids, gap, gap, INT),
	FIELD(aa_next_ids, inquiry, inquiry, INT),
	FIELD(aa_next_ids, tombstone, tombstone, INT)
};

/* Failed logins that have not been written yet add up. */
static void merge_failed(void *_newer, const void *_older)
{
	struct aa_rec_failed *newer = _newer;
	const struct aa_rec_failed *older = _older;

	newer->count += older->count;
	newer->known_account = newer->known_account || older->known_account;
	if (older->first_ms < newer->first_ms)
		newer->first_ms = older->first_ms;
	if (older->last_ms > newer->last_ms)
		newer->last_ms = older->last_ms;
}

#define TYPE(record, list, statement, ...) { \
	.put = statement, .size = sizeof(struct record), .fields = list, \
	.field_count = sizeof(list) / sizeof((list)[0]), ##__VA_ARGS__ }
#define RESERVED .reserved = true

const struct aa_row_type aa_row_types[AA_ROW_COUNT] = {
	[AA_ROW_ACCOUNT] = TYPE(aa_rec_account, account_fields, "put_account"),
	[AA_ROW_SESSION] = TYPE(aa_rec_session, session_fields, "put_session"),
	[AA_ROW_MAILBOX] = TYPE(aa_rec_mailbox, mailbox_fields, "put_mailbox"),
	[AA_ROW_READ] = TYPE(aa_rec_read, read_fields, "put_read"),
	[AA_ROW_SEARCH] = TYPE(aa_rec_search, search_fields, "put_search"),
	[AA_ROW_SEEN] = TYPE(aa_rec_seen, seen_fields, "put_seen"),
	[AA_ROW_KNOWN] = TYPE(aa_rec_known, known_fields, "put_known"),
	[AA_ROW_DAILY] = TYPE(aa_rec_daily, daily_fields, "put_daily"),
	[AA_ROW_SITE] = TYPE(aa_rec_site, site_fields, "put_site"),
	[AA_ROW_VERDICT] = TYPE(aa_rec_verdict, verdict_fields, "put_verdict"),
	[AA_ROW_INCIDENT] = TYPE(aa_rec_incident, incident_fields, "put_incident", RESERVED),
	[AA_ROW_INCIDENT_ACCOUNT] = TYPE(aa_rec_incident_account, incident_account_fields,
					 "put_incident_account", RESERVED),
	[AA_ROW_BLOCK] = TYPE(aa_rec_block, block_fields, "put_block", RESERVED),
	[AA_ROW_ORDER] = TYPE(aa_rec_order, order_fields, "put_order", RESERVED),
	[AA_ROW_NOTIFICATION] = TYPE(aa_rec_notification, notification_fields,
				     "put_notification", RESERVED),
	[AA_ROW_CANARY] = TYPE(aa_rec_canary, canary_fields, "put_canary", RESERVED),
	[AA_ROW_GAP] = TYPE(aa_rec_gap, gap_fields, "put_gap", RESERVED),
	[AA_ROW_FAILED] = TYPE(aa_rec_failed, failed_fields, "put_failed",
			       .merge = merge_failed),
	[AA_ROW_MESSAGE] = TYPE(aa_rec_message, message_fields, "put_message"),
	[AA_ROW_INQUIRY] = TYPE(aa_rec_inquiry, inquiry_fields, "put_inquiry", RESERVED),
	[AA_ROW_TOMBSTONE] = TYPE(aa_rec_tombstone, tombstone_fields, "put_tombstone",
				  RESERVED),
	[AA_ROW_ALIVE] = TYPE(aa_rec_alive, alive_fields, "put_alive"),
	[AA_ROW_NEXT_IDS] = TYPE(aa_next_ids, next_ids_fields, NULL)
};
