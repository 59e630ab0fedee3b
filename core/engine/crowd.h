#ifndef AA_CROWD_H
#define AA_CROWD_H

#include "buf.h"
#include "ip.h"

/* Does an address stand for most accounts? That is a webmail or a proxy that
   does not pass on the addresses of its users, or an office: where such a
   session comes from says nothing.

   It is told from a sample of AA_CROWD_SAMPLE accounts: those with the smallest
   hashes of their names among all that came in the last AA_CROWD_DAYS days. So
   each account has the same chance, whatever the site's size, and memory is
   fixed (about 25 KB). Of each the addresses are kept from which it came, those
   longest that others come from, too.

   An account speaks for an address if it came from there on two days or more,
   and within a week of its last login: one day of a thief who has the passwords
   of everybody is not enough, holidays change nothing, and a week after the
   webmail passes on addresses it is over. An address is a crowd if more than
   half of the accounts that came on two days or more speak for it, and there
   are AA_CROWD_MIN of them. With a full sample the share is exact to about
   4 in 100. */
#define AA_CROWD_SAMPLE 128
#define AA_CROWD_ADDRESSES 6
#define AA_CROWD_DAYS 30
#define AA_CROWD_WEEK 7
#define AA_CROWD_MIN 12

struct aa_crowd_address {
	struct aa_ip ip;	/* not set: free */
	int last_day;
	unsigned int days;	/* on which the account came from there */
};
struct aa_crowd_member {
	uint32_t hash;		/* of the account */
	int last_day;		/* 0: free */
	unsigned int days;
	struct aa_crowd_address addresses[AA_CROWD_ADDRESSES];
};
#define AA_CROWD_FILTER 1024
/* Zero-initialise. */
struct aa_crowd {
	struct aa_crowd_member members[AA_CROWD_SAMPLE];
	/* How many of their addresses have this hash: most of those that are
	   asked for are no crowd at first sight. */
	uint16_t filter[AA_CROWD_FILTER];
	/* While all slots are taken: the largest hash among them, and the day of
	   the one that came longest ago; the day 0: not known. */
	uint32_t largest;
	int oldest_day;
};

/* How many of how many accounts of the sample. */
struct aa_crowd_share {
	unsigned int came, of;
};

/* A successful login. Returns the slot that changed, -1 none. */
int aa_crowd_note(struct aa_crowd *crowd, const char *account,
		  const struct aa_ip *ip, int day);
/* share_r may be NULL; it is filled only if the answer is true. */
bool aa_crowd_is(const struct aa_crowd *crowd, const struct aa_ip *ip, int day,
		 struct aa_crowd_share *share_r);
/* Crowd number idx of those that there are, in no order; false: no more. */
bool aa_crowd_get(const struct aa_crowd *crowd, unsigned int idx, int day,
		  struct aa_ip *ip_r, struct aa_crowd_share *share_r);

/* A slot as text: "" a free one. What cannot be read changes nothing. */
void aa_crowd_format(const struct aa_crowd *crowd, unsigned int slot,
		     struct aa_buf *buf);
bool aa_crowd_restore(struct aa_crowd *crowd, unsigned int slot,
		      const char *text);

#endif
