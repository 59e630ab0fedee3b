#ifndef AA_CAMPAIGN_H
#define AA_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>
#include "facts.h"
#include "site.h"

/* Which sources are strangers to many accounts at a time: one thief, many
   mailboxes. A source is a prefix, or the same client in the same network. Pure:
   time is passed in. Held in memory alone, for the window only; bounded, the
   longest quiet makes room.

   A source that several accounts are at home at is an office or a carrier's
   NAT: as long as more accounts are at home there than are strangers, it is no
   campaign. */

struct aa_campaigns;

/* Kept of one source; the longest quiet account makes room. */
#define AA_CAMPAIGN_ACCOUNTS_MAX 64

struct aa_campaign_limits {
	unsigned int accounts;	/* so many different ones … */
	int64_t window_ms;	/* … within this time */
};

struct aa_campaigns *aa_campaigns_new(void);
void aa_campaigns_free(struct aa_campaigns **campaigns);

/* Places where many strangers are nothing: networks that are common at the site,
   addresses that most accounts come from, private ones, and shared egress where
   people from anywhere are (but Tor: colleagues do not all begin with that). */
bool aa_campaign_may_come_from(const struct aa_site *site,
			       const struct aa_ip *ip,
			       const struct aa_place *place, int day);

/* An unfamiliar session, or a failed login at an account that exists. */
struct aa_campaign_fact {
	enum aa_part_taken part;
	const char *account;
	const struct aa_ip *ip;
	const char *network;
	const char *client;	/* its family; "" unknown */
	int64_t at_ms;
};

struct aa_campaign {
	char prefix[AA_NET_TEXT_MAX];	/* "" : known by the next two */
	char network[AA_NET_TEXT_MAX];
	char client[AA_NAME_MAX];
	unsigned int accounts;
};
/* Returns true if with this fact its source is a campaign (also if it was
   before):
    - strangers came to that many accounts from one prefix, and one of them was
      shown or stopped;
    - logins failed at, or strangers came to, that many accounts from one prefix,
      at least one came, and they are twice as many as those that came (a spray
      and its success);
    - strangers were shown or stopped at that many accounts with one client in one
      network. */
bool aa_campaigns_note(struct aa_campaigns *campaigns,
		       const struct aa_campaign_limits *limits,
		       const struct aa_campaign_fact *fact,
		       struct aa_campaign *campaign_r);
/* The account is at home there. */
void aa_campaigns_note_home(struct aa_campaigns *campaigns,
			    const struct aa_ip *ip, const char *account,
			    int64_t at_ms);

/* What is known of the accounts of a campaign since then, in no order. */
void aa_campaigns_accounts(const struct aa_campaigns *campaigns,
			   const struct aa_campaign *campaign, int64_t since_ms,
			   void (*callback)(void *context, const char *account,
					    enum aa_part_taken part,
					    int64_t first_ms, int64_t last_ms),
			   void *context);

#endif
