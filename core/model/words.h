#ifndef AA_WORDS_H
#define AA_WORDS_H

#include <stdbool.h>

/* The words that the wire, the store, the log and the admin share. Each enum
   has one table of names in words.c; a name once released stays. */

/* What was delivered. The table of kinds stands in README.md. */
enum aa_kind {
	AA_KIND_BODY,		/* the message, or its text, whole or partial */
	AA_KIND_PART,		/* one MIME part, a preview, TOP with lines */
	AA_KIND_HEADER,		/* the whole header */
	AA_KIND_FIELDS,		/* ENVELOPE, chosen header fields */
	AA_KIND_STRUCTURE,	/* BODY, BODYSTRUCTURE */
	AA_KIND_SEARCH,		/* disclosed by a content criterion */
	AA_KIND_COPY,		/* source of COPY, MOVE, CATENATE */
	AA_KIND_COUNT
};

/* access_audit_mode */
enum aa_mode {
	AA_MODE_OFF,		/* nothing is recorded */
	AA_MODE_RECORD,		/* facts only */
	AA_MODE_REPORT,		/* and what would have been done */
	AA_MODE_ENFORCE,	/* and it is done */
	AA_MODE_COUNT
};

/* access_audit_fail_mode: what a mail process does without an answer */
enum aa_fail_mode {
	AA_FAIL_OPEN,
	AA_FAIL_CLOSED,
	AA_FAIL_COUNT
};

/* How a session stands to what its account has done before. */
enum aa_standing {
	AA_STANDING_LEARNING,	/* too little history to judge */
	AA_STANDING_FAMILIAR,
	AA_STANDING_UNFAMILIAR,	/* country or network never learned */
	AA_STANDING_LOCAL,	/* loopback or private address: never judged */
	AA_STANDING_ALLOWED,	/* on the allow-list: never judged */
	AA_STANDING_COUNT
};

/* What kind of network an address belongs to, where a list tells. */
enum aa_net_class {
	AA_NET_UNKNOWN,
	AA_NET_RESIDENTIAL,
	AA_NET_MOBILE,
	AA_NET_BUSINESS,
	AA_NET_HOSTING,
	AA_NET_VPN,
	AA_NET_CLOUD,		/* services that fetch mail for people */
	AA_NET_TOR,
	AA_NET_EGRESS,		/* many people's way out: a company's proxy, SASE,
				   a carrier's NAT */
	AA_NET_CLASS_COUNT
};

enum aa_action {
	AA_ACTION_NONE,
	AA_ACTION_FLAG,		/* shown to the admin */
	AA_ACTION_STOP,		/* the session ends here, its tuple is blocked */
	AA_ACTION_REFUSE,	/* a blocked tuple came back */
	AA_ACTION_COUNT
};

enum aa_end_reason {
	AA_END_LOGOUT,		/* the client said goodbye */
	AA_END_DISCONNECT,	/* the connection broke */
	AA_END_STOPPED,		/* by a verdict */
	AA_END_REFUSED,		/* at login, by a block */
	AA_END_LOST,		/* the mail process vanished: no final report */
	AA_END_COUNT
};

enum aa_incident_state {
	AA_INCIDENT_OPEN,
	AA_INCIDENT_CLOSED,
	AA_INCIDENT_COUNT
};

/* One account and place, or one source and many accounts. */
enum aa_incident_kind {
	AA_INCIDENT_KIND_ACCOUNT,
	AA_INCIDENT_KIND_CAMPAIGN,
	AA_INCIDENT_KIND_COUNT
};

/* What happened to an account of a campaign, worse and worse. */
enum aa_part_taken {
	AA_PART_TRIED,		/* a login failed */
	AA_PART_CAME,		/* a login succeeded */
	AA_PART_ACTED,		/* … and it was shown or stopped */
	AA_PART_COUNT
};

enum aa_gap_cause {
	AA_GAP_SERVICE_DOWN,	/* killed or crashed: from the last sign of life */
	AA_GAP_SERVICE_STOPPED,	/* stopped by the admin */
	AA_GAP_LATE_ANSWER,	/* a login or lease went ahead unanswered */
	AA_GAP_STORE_FULL,	/* the queue to the database overflowed */
	AA_GAP_NO_FINAL_REPORT,	/* a mail process vanished */
	AA_GAP_REFUSED_REPORT,	/* a report broke the protocol or a limit */
	AA_GAP_PLUGIN_MISSING,	/* auth let in whom no mail process announced */
	AA_GAP_RESTORED,	/* an older database was put in the place of this one */
	AA_GAP_COUNT
};

/* How the record came to know a session. */
enum aa_origin {
	AA_ORIGIN_LIVE,		/* its mail process told of it */
	AA_ORIGIN_LOG,		/* imported from an old log: logins only */
	AA_ORIGIN_COUNT
};

/* access_audit_message_ids: whose messages keep their names in the record */
enum aa_names {
	AA_NAMES_NONE,
	AA_NAMES_UNFAMILIAR,	/* those of sessions that are no familiar ones */
	AA_NAMES_ALL,
	AA_NAMES_COUNT
};

/* What an admin has ordered for an account. */
enum aa_order_kind {
	AA_ORDER_LOCK,		/* no session of the account at all */
	AA_ORDER_ALLOW,		/* sessions are never judged nor blocked */
	AA_ORDER_TRAVEL,	/* the account is in that country */
	AA_ORDER_KICK,		/* sessions that began before end */
	AA_ORDER_COUNT
};

/* What an admin has found of an incident. */
enum aa_finding {
	AA_FINDING_NONE,
	AA_FINDING_ACCEPTED,	/* it was legitimate */
	AA_FINDING_CONFIRMED,	/* it was theft */
	AA_FINDING_COUNT
};

/* Ways in which people are told of an incident. */
enum aa_channel {
	AA_CHANNEL_WEBHOOK,
	AA_CHANNEL_EXEC,
	AA_CHANNEL_MAIL,
	AA_CHANNEL_COUNT
};

enum aa_notify_kind {
	AA_NOTIFY_OPENED,	/* an incident */
	AA_NOTIFY_WORSE,	/* its action got worse */
	AA_NOTIFY_HELD,		/* so many more were not told one by one */
	AA_NOTIFY_TEST,		/* somebody asked whether it works */
	AA_NOTIFY_CLOSED,	/* the incident is over */
	AA_NOTIFY_COUNT
};

enum aa_notify_state {
	AA_NOTIFY_WAITING,
	AA_NOTIFY_SENT,
	AA_NOTIFY_GIVEN_UP,
	AA_NOTIFY_STATE_COUNT
};

/* What an admin decides of an incident, or a session. */
enum aa_deed {
	AA_DEED_ACCEPT,		/* it was legitimate: learn it */
	AA_DEED_ACCEPT_SESSION,	/* the same of one session */
	AA_DEED_CONFIRM,	/* it was theft */
	AA_DEED_CLOSE,
	AA_DEED_REOPEN,
	AA_DEED_COUNT
};

/* A table of names: names[value] for each value below count. */
struct aa_words {
	const char *const *names;
	unsigned int count;
};
/* "unknown" for a value outside of the table. */
const char *aa_words_name(const struct aa_words *words, unsigned int value);
/* Exact match. Returns false, with *value_r as it was, if there is no such name. */
bool aa_words_parse(const struct aa_words *words, const char *name, unsigned int *value_r);

/* The tables, for code that is driven by a table itself. */
extern const struct aa_words aa_kind_words, aa_mode_words, aa_fail_mode_words,
	aa_standing_words, aa_action_words, aa_end_reason_words,
	aa_incident_state_words, aa_incident_kind_words, aa_part_taken_words,
	aa_gap_cause_words, aa_net_class_words, aa_origin_words, aa_names_words,
	aa_order_kind_words, aa_deed_words, aa_finding_words,
	aa_channel_words, aa_notify_kind_words, aa_notify_state_words;

/* The same with types. */
const char *aa_kind_name(enum aa_kind kind);
bool aa_kind_parse(const char *name, enum aa_kind *kind_r);
const char *aa_mode_name(enum aa_mode mode);
bool aa_mode_parse(const char *name, enum aa_mode *mode_r);
const char *aa_fail_mode_name(enum aa_fail_mode mode);
bool aa_fail_mode_parse(const char *name, enum aa_fail_mode *mode_r);
const char *aa_standing_name(enum aa_standing standing);
bool aa_standing_parse(const char *name, enum aa_standing *standing_r);
const char *aa_action_name(enum aa_action action);
bool aa_action_parse(const char *name, enum aa_action *action_r);
const char *aa_end_reason_name(enum aa_end_reason reason);
bool aa_end_reason_parse(const char *name, enum aa_end_reason *reason_r);
const char *aa_incident_kind_name(enum aa_incident_kind kind);
bool aa_incident_kind_parse(const char *name, enum aa_incident_kind *kind_r);
const char *aa_part_taken_name(enum aa_part_taken part);
bool aa_part_taken_parse(const char *name, enum aa_part_taken *part_r);
const char *aa_incident_state_name(enum aa_incident_state state);
bool aa_incident_state_parse(const char *name, enum aa_incident_state *state_r);
const char *aa_gap_cause_name(enum aa_gap_cause cause);
bool aa_gap_cause_parse(const char *name, enum aa_gap_cause *cause_r);

const char *aa_net_class_name(enum aa_net_class net_class);
bool aa_net_class_parse(const char *name, enum aa_net_class *class_r);
const char *aa_origin_name(enum aa_origin origin);
bool aa_origin_parse(const char *name, enum aa_origin *origin_r);
const char *aa_names_name(enum aa_names names);
bool aa_names_parse(const char *name, enum aa_names *names_r);
const char *aa_order_kind_name(enum aa_order_kind kind);
bool aa_order_kind_parse(const char *name, enum aa_order_kind *kind_r);
const char *aa_finding_name(enum aa_finding finding);
bool aa_finding_parse(const char *name, enum aa_finding *finding_r);
const char *aa_deed_name(enum aa_deed deed);
bool aa_deed_parse(const char *name, enum aa_deed *deed_r);
const char *aa_channel_name(enum aa_channel channel);
bool aa_channel_parse(const char *name, enum aa_channel *channel_r);
const char *aa_notify_kind_name(enum aa_notify_kind kind);
bool aa_notify_kind_parse(const char *name, enum aa_notify_kind *kind_r);
const char *aa_notify_state_name(enum aa_notify_state state);
bool aa_notify_state_parse(const char *name, enum aa_notify_state *state_r);

#endif
