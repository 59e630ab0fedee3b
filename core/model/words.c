/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "words.h"

#include <string.h>

const char *aa_words_name(const struct aa_words *words, unsigned int value)
{
	return value < words->count ? words->names[value] : "unknown";
}

bool aa_words_parse(const struct aa_words *words, const char *name, unsigned int *value_r)
{
	for (unsigned int i = 0; i < words->count; i++) {
		if (strcmp(words->names[i], name) == 0) {
			*value_r = i;
			return true;
		}
	}
	return false;
}

/* Defines aa_<what>_words, aa_<what>_name() and aa_<what>_parse() over the table
   <what>_names. */
#define DEFINE_WORDS(what) \
	const struct aa_words aa_##what##_words = { \
		what##_names, sizeof(what##_names) / sizeof(what##_names[0]) \
	}; \
	const char *aa_##what##_name(enum aa_##what value) \
	{ \
		return aa_words_name(&aa_##what##_words, value); \
	} \
	bool aa_##what##_parse(const char *name, enum aa_##what *value_r) \
	{ \
		unsigned int value; \
		\
		if (!aa_words_parse(&aa_##what##_words, name, &value)) \
			return false; \
		*value_r = (enum aa_##what)value; \
		return true; \
	}

static const char *const kind_names[AA_KIND_COUNT] = {
	[AA_KIND_BODY] = "body",
	[AA_KIND_PART] = "part",
	[AA_KIND_HEADER] = "header",
	[AA_KIND_FIELDS] = "fields",
	[AA_KIND_STRUCTURE] = "structure",
	[AA_KIND_SEARCH] = "search",
	[AA_KIND_COPY] = "copy",
};
DEFINE_WORDS(kind)

static const char *const mode_names[AA_MODE_COUNT] = {
	[AA_MODE_OFF] = "off",
	[AA_MODE_RECORD] = "record",
	[AA_MODE_REPORT] = "report",
	[AA_MODE_ENFORCE] = "enforce",
};
DEFINE_WORDS(mode)

static const char *const fail_mode_names[AA_FAIL_COUNT] = {
	[AA_FAIL_OPEN] = "open",
	[AA_FAIL_CLOSED] = "closed",
};
DEFINE_WORDS(fail_mode)

static const char *const standing_names[AA_STANDING_COUNT] = {
	[AA_STANDING_LEARNING] = "learning",
	[AA_STANDING_FAMILIAR] = "familiar",
	[AA_STANDING_UNFAMILIAR] = "unfamiliar",
	[AA_STANDING_LOCAL] = "local",
	[AA_STANDING_ALLOWED] = "allowed",
};
DEFINE_WORDS(standing)

static const char *const action_names[AA_ACTION_COUNT] = {
	[AA_ACTION_NONE] = "none",
	[AA_ACTION_FLAG] = "flag",
	[AA_ACTION_STOP] = "stop",
	[AA_ACTION_REFUSE] = "refuse",
};
DEFINE_WORDS(action)

static const char *const end_reason_names[AA_END_COUNT] = {
	[AA_END_LOGOUT] = "logout",
	[AA_END_DISCONNECT] = "disconnect",
	[AA_END_STOPPED] = "stopped",
	[AA_END_REFUSED] = "refused",
	[AA_END_LOST] = "lost",
};
DEFINE_WORDS(end_reason)

static const char *const incident_state_names[AA_INCIDENT_COUNT] = {
	[AA_INCIDENT_OPEN] = "open",
	[AA_INCIDENT_CLOSED] = "closed",
};
DEFINE_WORDS(incident_state)

static const char *const incident_kind_names[AA_INCIDENT_KIND_COUNT] = {
	[AA_INCIDENT_KIND_ACCOUNT] = "account",
	[AA_INCIDENT_KIND_CAMPAIGN] = "campaign",
};
DEFINE_WORDS(incident_kind)

static const char *const part_taken_names[AA_PART_COUNT] = {
	[AA_PART_TRIED] = "tried",
	[AA_PART_CAME] = "came",
	[AA_PART_ACTED] = "acted",
};
DEFINE_WORDS(part_taken)

static const char *const gap_cause_names[AA_GAP_COUNT] = {
	[AA_GAP_SERVICE_DOWN] = "service-down",
	[AA_GAP_SERVICE_STOPPED] = "service-stopped",
	[AA_GAP_LATE_ANSWER] = "late-answer",
	[AA_GAP_STORE_FULL] = "store-full",
	[AA_GAP_NO_FINAL_REPORT] = "no-final-report",
	[AA_GAP_REFUSED_REPORT] = "refused-report",
	[AA_GAP_PLUGIN_MISSING] = "plugin-missing",
	[AA_GAP_RESTORED] = "restored",
};
DEFINE_WORDS(gap_cause)

static const char *const net_class_names[AA_NET_CLASS_COUNT] = {
	[AA_NET_UNKNOWN] = "unknown",
	[AA_NET_RESIDENTIAL] = "residential",
	[AA_NET_MOBILE] = "mobile",
	[AA_NET_BUSINESS] = "business",
	[AA_NET_HOSTING] = "hosting",
	[AA_NET_VPN] = "vpn",
	[AA_NET_CLOUD] = "cloud",
	[AA_NET_TOR] = "tor",
	[AA_NET_EGRESS] = "egress",
};
DEFINE_WORDS(net_class)

static const char *const origin_names[AA_ORIGIN_COUNT] = {
	[AA_ORIGIN_LIVE] = "live",
	[AA_ORIGIN_LOG] = "log",
};
DEFINE_WORDS(origin)

static const char *const names_names[AA_NAMES_COUNT] = {
	[AA_NAMES_NONE] = "none",
	[AA_NAMES_UNFAMILIAR] = "unfamiliar",
	[AA_NAMES_ALL] = "all",
};
DEFINE_WORDS(names)

static const char *const order_kind_names[AA_ORDER_COUNT] = {
	[AA_ORDER_LOCK] = "lock",
	[AA_ORDER_ALLOW] = "allow",
	[AA_ORDER_TRAVEL] = "travel",
	[AA_ORDER_KICK] = "kick",
};
DEFINE_WORDS(order_kind)

static const char *const finding_names[AA_FINDING_COUNT] = {
	[AA_FINDING_NONE] = "none",
	[AA_FINDING_ACCEPTED] = "accepted",
	[AA_FINDING_CONFIRMED] = "confirmed",
};
DEFINE_WORDS(finding)

static const char *const channel_names[AA_CHANNEL_COUNT] = {
	[AA_CHANNEL_WEBHOOK] = "webhook",
	[AA_CHANNEL_EXEC] = "exec",
	[AA_CHANNEL_MAIL] = "mail",
};
DEFINE_WORDS(channel)

static const char *const notify_kind_names[AA_NOTIFY_COUNT] = {
	[AA_NOTIFY_OPENED] = "opened",
	[AA_NOTIFY_WORSE] = "worse",
	[AA_NOTIFY_HELD] = "held-back",
	[AA_NOTIFY_TEST] = "test",
	[AA_NOTIFY_CLOSED] = "closed",
};
DEFINE_WORDS(notify_kind)

static const char *const notify_state_names[AA_NOTIFY_STATE_COUNT] = {
	[AA_NOTIFY_WAITING] = "waiting",
	[AA_NOTIFY_SENT] = "sent",
	[AA_NOTIFY_GIVEN_UP] = "given-up",
};
DEFINE_WORDS(notify_state)

static const char *const deed_names[AA_DEED_COUNT] = {
	[AA_DEED_ACCEPT] = "accept",
	[AA_DEED_ACCEPT_SESSION] = "accept-session",
	[AA_DEED_CONFIRM] = "confirm",
	[AA_DEED_CLOSE] = "close",
	[AA_DEED_REOPEN] = "reopen",
};
DEFINE_WORDS(deed)
