#ifndef AA_FACTS_H
#define AA_FACTS_H

#include "ip.h"
#include "words.h"

/* The facts that everybody shares, as plain values. Text is bounded UTF-8-ish
   bytes from outside: escape it where it is shown (escape.h). */

#define AA_NAME_MAX 256		/* account, mailbox, client ID … with the NUL */
#define AA_KEY_TEXT_MAX 33	/* 128 random bits in lower-case hex */
#define AA_JA3_TEXT_MAX 33	/* hash of the client's TLS hello, in lower-case hex */
#define AA_GUID_TEXT_MAX 33	/* Dovecot's mailbox GUID in lower-case hex */
#define AA_SESSION_ID_MAX 80	/* Dovecot's session id (64 from a proxy) */
#define AA_WORD_MAX 32		/* service, auth mechanism */
#define AA_ORG_MAX 80
#define AA_DATE_MAX 64		/* header Date; a longer one is none */

/* Where an address is, as far as the geo database tells. */
struct aa_place {
	char country[3];	/* ISO 3166 alpha-2, upper case; "" unknown */
	uint32_t asn;		/* 0 unknown */
	char as_org[AA_ORG_MAX];
	bool has_location;
	double lat, lon;	/* degrees */
	unsigned int radius_km;	/* accuracy */
	bool is_private;	/* aa_ip_is_private() */
	enum aa_net_class net_class;	/* as a list of networks tells */
	/* "AS64500" if the AS number is known, else the prefix
	   ("192.0.2.0/24", "2001:db8:1:2::/64"). Never empty. */
	char network[AA_NET_TEXT_MAX];
};

/* A session as the mail process announces it. */
struct aa_login {
	char key[AA_KEY_TEXT_MAX];	/* made by the mail process, secret */
	char session_id[AA_SESSION_ID_MAX];
	char account[AA_NAME_MAX];
	char real_user[AA_NAME_MAX];	/* the master user, or = account */
	char service[AA_WORD_MAX];	/* imap, pop3, imap-urlauth-worker */
	char method[AA_WORD_MAX];	/* PLAIN, … */
	struct aa_ip remote, local;
	uint16_t remote_port, local_port;
	/* Set when remote was forwarded by a peer in login_trusted_networks:
	   the address of that peer. */
	struct aa_ip proxy;
	bool tls;
	char client[AA_NAME_MAX];	/* IMAP ID as "name/version", "" none */
	char ja3[AA_JA3_TEXT_MAX];	/* "" none; not stored */
	int64_t at_ms;			/* when the session began */
	bool resumed;			/* same session, new connection */
	/* A resumed session brings along what it was granted and has spent,
	   and for how long of its life nobody answered it. */
	uint64_t lease_granted, lease_spent;
	int64_t unaudited_ms;
};

/* What one session read in one mailbox in one kind, so far. */
struct aa_read {
	char box_guid[AA_GUID_TEXT_MAX];
	uint32_t uidvalidity;
	char box_name[AA_NAME_MAX];
	char owner[AA_NAME_MAX];	/* account that owns the mailbox */
	/* Messages in the whole mailbox when it was last read from, as the
	   client saw it; 0 unknown. Not a total: it falls when mail is removed. */
	uint64_t box_messages;
	enum aa_kind kind;
	uint64_t bytes;			/* delivered, repeats included */
	int64_t first_ms, last_ms;
	/* For bodies and parts: INTERNALDATE of the oldest and the newest of the messages
	   whose date was looked at (seconds since 1970, 0 unknown), and how
	   many messages were older than 30 days when read. */
	int64_t oldest_s, newest_s;
	uint64_t old_messages;
	/* For parts: PREVIEW, a few words for a list of messages. It is no
	   reading of the message: see aa_read_opens(). */
	bool preview;
	/* For fields: the lower-case names asked for, separated by spaces;
	   "envelope" for ENVELOPE; wide when more than a message list needs. */
	char fields[AA_NAME_MAX];
	bool fields_wide;
};

/* What a message is called beyond its place in a mailbox, so that it can be told
   when it has been moved or deleted. */
struct aa_message {
	uint32_t uid;
	char message_id[AA_NAME_MAX];	/* without <>; "" it has none */
	uint64_t size;			/* bytes, as IMAP counts them; 0 unknown */
	char date[AA_DATE_MAX];		/* its header Date as it stands, "" none */
};

/* The message was opened: its body, or a part of it, was delivered. Leases and
   first-time reads count these, whatever item a client uses for it. */
static inline bool aa_read_opens(const struct aa_read *read)
{
	return read->kind == AA_KIND_BODY ||
		(read->kind == AA_KIND_PART && !read->preview);
}

#define AA_REASON_MAX 200
#define AA_VERDICT_REASONS 8
#define AA_RULE_MAX 32

/* What the engine says of a session at a moment, with its numbers. */
struct aa_verdict {
	enum aa_action action;
	char rule[AA_RULE_MAX];		/* "volume", "block" */
	unsigned int reason_count;
	char reasons[AA_VERDICT_REASONS][AA_REASON_MAX];
};

#endif
