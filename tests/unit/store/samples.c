/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct aa_ip ip_of(const char *text)
{
	struct aa_ip ip;

	if (aa_ip_parse(&ip, text, NULL) < 0)
		abort();
	return ip;
}

#define TEXT(member, ...) snprintf(member, sizeof(member), __VA_ARGS__)

void sample_account(struct aa_rec_account *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	TEXT(rec->name, "user%d@example.org", n);
	rec->first_ms = 1700000000001;
	rec->last_ms = 1700000000002;
	rec->sessions = 3;
	rec->uid_known = true;
	rec->uid = 4000000000;
	rec->life = "1 19700 3";
}

static void sample_login(struct aa_login *login, int n)
{
	TEXT(login->key, "%032x", n);
	TEXT(login->session_id, "sess%d", n);
	TEXT(login->account, "user%d@example.org", n);
	strcpy(login->real_user, "master");
	strcpy(login->service, "imap");
	strcpy(login->method, "PLAIN");
	login->remote = ip_of("198.51.100.7");
	login->local = ip_of("2001:db8::1");
	login->proxy = ip_of("192.0.2.9");
	login->remote_port = 50000;
	login->local_port = 993;
	login->tls = true;
	strcpy(login->client, "Mutt/2");
	login->at_ms = 1700000000003;
	login->unaudited_ms = 4;
}

static void sample_place(struct aa_place *place)
{
	strcpy(place->country, "FR");
	place->asn = 64500;
	strcpy(place->as_org, "Example Net");
	place->has_location = true;
	place->lat = 48.5;
	place->lon = -2.25;
	place->radius_km = 20;
	place->is_private = true;
	place->net_class = AA_NET_VPN;
	strcpy(place->network, "AS64500");
}

void sample_session(struct aa_rec_session *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->account_id = n;
	sample_login(&rec->login, n);
	sample_place(&rec->place);
	rec->standing = AA_STANDING_UNFAMILIAR;
	rec->confirmed = true;
	rec->last_ms = 1700000000005;
	rec->end_ms = 1700000000006;
	rec->end_reason = AA_END_STOPPED;
	rec->paused = true;
	rec->action = AA_ACTION_STOP;
	rec->enforced = true;
	rec->incident_id = 7;
	rec->bodies = 8;
	rec->first_time_bodies = 9;
	rec->body_bytes = 10;
	rec->bytes_in = 11;
	rec->bytes_out = 12;
	rec->lease_granted = 13;
	rec->lease_spent = 14;
	rec->seq = INT64_MAX;
	rec->visit = "2 0 15";
	rec->origin = AA_ORIGIN_LOG;
}

void sample_mailbox(struct aa_rec_mailbox *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	TEXT(rec->guid, "%032x", n);
	rec->uidvalidity = 4294967295;
	strcpy(rec->name, "Entw\xc3\xbcrfe \"a|b\" \x1b[31m");
	TEXT(rec->owner, "user%d@example.org", n);
}

void sample_read(struct aa_rec_read *rec, int n)
{
	struct aa_rec_mailbox mailbox;

	sample_mailbox(&mailbox, n);
	memset(rec, 0, sizeof(*rec));
	rec->session_id = rec->mailbox_id = n;
	strcpy(rec->read.box_guid, mailbox.guid);
	rec->read.uidvalidity = mailbox.uidvalidity;
	strcpy(rec->read.box_name, "shared/INBOX");
	strcpy(rec->read.owner, mailbox.owner);
	rec->read.kind = AA_KIND_FIELDS;
	rec->read.bytes = 1;
	rec->read.first_ms = 1700000000002;
	rec->read.last_ms = 1700000000003;
	rec->read.oldest_s = 1600000000;
	rec->read.newest_s = 1600000001;
	rec->read.old_messages = 4;
	strcpy(rec->read.fields, "from subject");
	rec->read.fields_wide = true;
	rec->uids = "1:5000,5003";
	rec->messages = 5001;
	rec->first_time = 6;
	rec->stale = 5;
}

void sample_known(struct aa_rec_known *rec, int account_id, const char *name)
{
	memset(rec, 0, sizeof(*rec));
	rec->account_id = account_id;
	rec->what = 3;
	TEXT(rec->name, "%s", name);
	rec->days = 3;
	rec->first_day = -4;
	rec->last_day = 5;
	rec->fresh = 6;
	rec->stale = 7;
	rec->prefix_days = 8;
}

void sample_daily(struct aa_rec_daily *rec, int account_id, int day)
{
	memset(rec, 0, sizeof(*rec));
	rec->account_id = account_id;
	rec->day = day;
	rec->bodies = 6;
	rec->stale = 5;
	rec->odd_bodies = 4;
	rec->odd_stale = 3;
	rec->headers = 2;
}

void sample_site(struct aa_rec_site *rec, const char *key, const char *state)
{
	memset(rec, 0, sizeof(*rec));
	TEXT(rec->key, "%s", key);
	TEXT(rec->state, "%s", state);
}

void sample_block(struct aa_rec_block *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->account_id = n;
	TEXT(rec->account, "user%d@example.org", n);
	strcpy(rec->network, "AS64500");
	strcpy(rec->client, "*");
	rec->from_ms = 1700000000001;
	rec->until_ms = 4100000000000;
	rec->lifted_ms = 1700000000003;
	strcpy(rec->made_by, "rule volume");
	strcpy(rec->lifted_by, "root");
	strcpy(rec->note, "it's a \"test\"");
	rec->incident_id = 4;
}

void sample_incident(struct aa_rec_incident *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->account_id = n;
	TEXT(rec->ref, "AA-%d", n);
	strcpy(rec->country, "RU");
	strcpy(rec->network, "AS64500");
	strcpy(rec->client, "curl");
	rec->state = AA_INCIDENT_OPEN;
	rec->action = AA_ACTION_STOP;
	rec->enforced = true;
	rec->opened_ms = 1700000000001;
	rec->last_ms = 1700000000002;
	rec->sessions = 3;
	rec->bodies = 4;
	rec->first_time_bodies = 5;
	strcpy(rec->summary, "32 first-time bodies in 24 h");
	rec->finding = AA_FINDING_CONFIRMED;
	rec->decided_ms = 1700000000006;
	strcpy(rec->decided_by, "root");
	rec->kind = AA_INCIDENT_KIND_ACCOUNT;
	rec->accounts = 1;
	rec->former_id = 7;
	rec->joined_id = 8;
}

void sample_campaign(struct aa_rec_incident *rec, int n)
{
	sample_incident(rec, n);
	rec->account_id = 0;
	rec->kind = AA_INCIDENT_KIND_CAMPAIGN;
	strcpy(rec->source, "192.0.2.0/24");
	rec->accounts = 3;
	rec->former_id = rec->joined_id = 0;
}

void sample_incident_account(struct aa_rec_incident_account *rec, int incident, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->incident_id = incident;
	TEXT(rec->account, "user%d@example.org", n);
	rec->part = AA_PART_CAME;
	rec->first_ms = 1700000000001;
	rec->last_ms = 1700000000002;
}

void sample_order(struct aa_rec_order *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	rec->kind = AA_ORDER_TRAVEL;
	TEXT(rec->account, "user%d@example.org", n);
	strcpy(rec->what, "IT");
	rec->from_ms = 1700000000001;
	rec->until_ms = 4100000000000;
	strcpy(rec->made_by, "root");
	strcpy(rec->note, "on holiday");
	rec->incident_id = 4;
}

void sample_notification(struct aa_rec_notification *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	TEXT(rec->event, "%032x", n);
	rec->incident_id = 4;
	rec->channel = AA_CHANNEL_EXEC;
	rec->kind = AA_NOTIFY_WORSE;
	TEXT(rec->account, "user%d@example.org", n);
	rec->state = AA_NOTIFY_WAITING;
	rec->made_ms = 1700000000001;
	rec->due_ms = 1700000000002;
	rec->tries = 3;
	rec->held = 4;
	strcpy(rec->error, "ended with status 1");
	rec->body = "{\"version\":1}";
}

void sample_canary(struct aa_rec_canary *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	TEXT(rec->account, "user%d@example.org", n);
	TEXT(rec->guid, "%032x", n);
	rec->uidvalidity = 4000000000;
	rec->uid = 4200000000;
	strcpy(rec->box, "Archive");
	strcpy(rec->subject, "Access to the old system");
	TEXT(rec->message_id, "<%d@host.example>", n);
	rec->made_ms = 1700000000001;
	strcpy(rec->made_by, "root");
	rec->armed_ms = 1700000000002;
	rec->swept = 3;
	rec->tripped = 4;
	rec->tripped_ms = 1700000000005;
	rec->incident_id = 6;
}

void sample_message(struct aa_rec_message *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->mailbox_id = n;
	rec->uid = 4200000000;
	rec->message_id = "1@host.example";
	rec->mid = 1234567890123456789;
	rec->size = 4567;
	rec->date_s = 1700000000;
}

void sample_inquiry(struct aa_rec_inquiry *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	rec->at_ms = 1700000000001;
	strcpy(rec->made_by, "anna");
	strcpy(rec->verb, "scope");
	rec->about = "AA-17";
	rec->rows = 5;
}

void sample_tombstone(struct aa_rec_tombstone *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	strcpy(rec->what, "session");
	rec->from_key = 11;
	rec->to_key = 19;
	rec->at_ms = 1700000000001;
	strcpy(rec->why, "age");
	rec->rows = 8;
	strcpy(rec->made_by, "keep");
}

void sample_gap(struct aa_rec_gap *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = n;
	rec->cause = AA_GAP_STORE_FULL;
	rec->from_ms = 1700000000001;
	rec->until_ms = 1700000000002;
	strcpy(rec->account, "user1@example.org");
	strcpy(rec->session_id, "sess1");
	rec->sessions = 3;
	rec->messages = 4;
	strcpy(rec->detail, "why");
}

void sample_verdict(struct aa_rec_verdict *rec, int n)
{
	memset(rec, 0, sizeof(*rec));
	rec->id = rec->session_id = n;
	rec->at_ms = 1700000000001;
	rec->verdict.action = AA_ACTION_FLAG;
	strcpy(rec->verdict.rule, "volume");
	rec->verdict.reason_count = 2;
	strcpy(rec->verdict.reasons[0], "first\nreason");
	strcpy(rec->verdict.reasons[1], "second");
	rec->mode = AA_MODE_REPORT;
	rec->enforced = true;
	rec->incident_id = 7;
}

void sample_failed(struct aa_rec_failed *rec, int day, const char *ip, const char *name)
{
	memset(rec, 0, sizeof(*rec));
	rec->day = day;
	rec->ip = ip_of(ip);
	TEXT(rec->name, "%s", name);
	rec->count = 1;
	rec->first_ms = 1700000000001;
	rec->last_ms = 1700000000002;
	strcpy(rec->country, "RU");
	strcpy(rec->network, "AS64500");
}
