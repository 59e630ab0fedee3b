#ifndef DECIDE_H
#define DECIDE_H

#include "facts.h"
#include "guess.h"

/* Who is refused, without memory and without libdovecot: whom a block meets, and
   what auth is answered. The order, which doc/POLICY.md tells: allow-list, lock,
   block, tries of passwords. */

/* What matters of a block. Texts are the caller's. */
struct decide_block {
	int64_t id, from_ms, until_ms;
	int64_t incident_id;		/* 0 none */
	const char *network;		/* "AS64496", a prefix, "*" any */
	const char *client;		/* family, "*" any */
	const char *made_by;
};

/* A network as blocks and orders have it ("*", an AS number, a prefix): is the
   address in it? */
bool decide_network_holds(const char *network, const struct aa_place *place,
			  const struct aa_ip *ip);
bool decide_block_is_by_rule(const struct decide_block *block);
/* Is it about logins from there? family: "" if the client has not named itself,
   which only a block of all clients covers. */
bool decide_block_covers(const struct decide_block *block,
			 const struct aa_place *place, const struct aa_ip *ip,
			 const char *family);
/* May it touch who stands so? A block that a rule made never touches a familiar
   session; that of a person does. Allowed and local sessions meet no block. */
bool decide_block_concerns(const struct decide_block *block,
			   enum aa_standing standing);

/* Whom else a login's address stands for. */
enum decide_shared {
	DECIDE_SHARED_NO,
	DECIDE_SHARED_EGRESS,		/* class egress or cloud: many people's way out */
	DECIDE_SHARED_CROWD		/* most accounts come from it: see crowd.h */
};
enum decide_shared decide_shared(bool is_crowd, enum aa_net_class net_class);
/* May it meet a login from such an address? A rule's block that was made for one
   thief must not shut the owner out of the webmail or the proxy that both use: from
   an egress it holds for a prefix and one client only, from a crowd not at all. A
   person's block always does. */
bool decide_block_reaches(const struct decide_block *block,
			  enum decide_shared shared);

/* "until 2026-11-27 23:15:04 +0000" in local time, or "until it is lifted". */
#define DECIDE_ENDS_MAX 48
void decide_ends(int64_t from_ms, int64_t until_ms, char text_r[DECIDE_ENDS_MAX]);

enum decide_rule {
	DECIDE_PASS,
	DECIDE_LOCK,			/* the whole account */
	DECIDE_BLOCK,
	DECIDE_GUESS,
	DECIDE_RULE_COUNT
};
const char *decide_rule_name(enum decide_rule rule);

struct decide_case {
	enum aa_mode mode;
	bool allowed;			/* on the allow-list */
	bool locked;
	/* The first block in force that covers and concerns it; NULL none. */
	const struct decide_block *block;
	const struct aa_guess *guess;
	bool is_private;		/* the address: webmail, mostly */
	/* Most accounts come from there: a webmail that does not pass on the
	   addresses of its users. Nobody answers there for what others try. */
	bool is_crowd;
	/* The account is at home there, as far as its history tells; it is only
	   looked at if guess refuses. */
	bool familiar;
};

struct decide_answer {
	enum decide_rule rule;
	/* -1 refused, 0 let through, else seconds to be slowed by: what would be
	   done, and whether it is. */
	int status;
	bool enforced;
};

void decide_login(const struct decide_case *login,
		  struct decide_answer *answer_r);

#endif
