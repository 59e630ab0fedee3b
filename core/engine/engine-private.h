#ifndef AA_ENGINE_PRIVATE_H
#define AA_ENGINE_PRIVATE_H

#include "buf.h"
#include "engine.h"
#include "sentence.h"
#include "table.h"
#include "timeval.h"

/* Between the files of this room. */

/* --- life.c --- */
struct aa_life_day *aa_life_day_get(struct aa_life *life, int day);
/* Adds up the days first … last, ends included. */
void aa_life_sum(const struct aa_life *life, int first, int last,
		 struct aa_life_day *sum_r);
unsigned int aa_life_max_stale(const struct aa_life *life, int first, int last);
void aa_life_active(struct aa_life *life, int day);
/* Of the last 64. */
unsigned int aa_life_active_days(const struct aa_life *life);
/* Slot of aa_life.hours. */
unsigned int aa_life_hour(int day, unsigned int hour);
bool aa_life_knows_prefix(const struct aa_life *life, const struct aa_ip *ip);
/* Returns whether it was new. */
bool aa_life_add_prefix(struct aa_life *life, const struct aa_ip *ip, int day);
/* shared: people from anywhere are there. */
void aa_life_spot_note(struct aa_life *life, const struct aa_place *place,
		       bool shared, int64_t at_ms);
/* It goes on at a spot that is noted; false: there is none of this network. */
bool aa_life_spot_again(struct aa_life *life, const struct aa_place *place,
			int64_t at_ms);

/* One fact at one moment, for detectors. */
struct aa_moment {
	const struct aa_engine *engine;
	const struct aa_policy *policy;
	struct aa_life *life;
	struct aa_visit *visit;
	const struct aa_source *source;
	int64_t at_ms;
	int today;
	unsigned int hour;		/* 0 … 23 */
	unsigned int owned;		/* messages in the mailboxes, 0 unknown */
	const char *client;		/* "-" none */
};

/* The detectors: see struct aa_detector_info. */
typedef double aa_weigh_t(const struct aa_moment *moment, struct aa_buf *why);
aa_weigh_t aa_weigh_new_country, aa_weigh_new_network, aa_weigh_new_prefix,
	aa_weigh_network_class, aa_weigh_impossible_travel, aa_weigh_two_places,
	aa_weigh_unusual_hour, aa_weigh_dormant_account, aa_weigh_new_client,
	aa_weigh_new_protocol, aa_weigh_sprayed_source, aa_weigh_many_mailboxes,
	aa_weigh_bulk_read, aa_weigh_slow_harvest, aa_weigh_parallel_harvest,
	aa_weigh_pop3_everything, aa_weigh_header_harvest,
	aa_weigh_folder_sweep, aa_weigh_search_hits, aa_weigh_old_mail,
	aa_weigh_canary;

/* --- novelty.c --- */
/* How surprising a name is that the account does not know well: less if the
   account takes up new ones often, if the account is young, or if many accounts
   of the site know it. */
double aa_novelty(const struct aa_moment *moment, enum aa_known_what what,
		  const char *name, struct aa_buf *why);

/* --- score.c --- */
struct aa_score {
	double families[AA_FAMILY_COUNT], sum;
	double novelty;		/* for unfamiliar: of place and source */
	double strange;		/* likewise, without a new prefix if the client is
				   known: that alone stops nobody */
};
/* The evidence of one detector, 0 if it is off. */
double aa_part(const struct aa_moment *moment, enum aa_detector detector);
/* Detectors in at least that mode count. */
void aa_score(const struct aa_moment *moment, enum aa_detector_mode least,
	      struct aa_score *score_r);
bool aa_score_has_two_families(const struct aa_score *score);
/* Fills the reasons of a verdict that has its action. */
void aa_explain(const struct aa_moment *moment, struct aa_verdict *verdict);

/* --- lease.c --- */
/* aa_engine_left() */
unsigned int aa_left(const struct aa_moment *moment);
/* How many of its stale messages would have been quiet; false: not even none. */
bool aa_quiet_limit(const struct aa_moment *moment, unsigned int *quiet_r);

/* --- detect-canary.c --- */
/* A decoy was opened, and that counts in this mode. */
bool aa_canary_tripped(const struct aa_moment *moment,
		       enum aa_detector_mode least);

/* --- engine.c --- */
bool aa_must_stop(const struct aa_moment *moment);
/* A mail app's cloud: adoption and theft look the same there. It is shown. */
bool aa_never_stops(const struct aa_place *place);

/* --- teach.c --- */
/* What the session comes with; "" for a place without geography. */
const char *aa_source_name(const struct aa_moment *moment,
			   enum aa_known_what what);
void aa_teach(const struct aa_moment *moment);

/* --- accept.c --- */
/* aa_engine_accept() */
void aa_accept(const struct aa_moment *moment);

/* --- stale.c --- */
/* Stale messages that unfamiliar sessions of the account read since yesterday;
   in four days, or from this network ever if that is more. */
unsigned int aa_stale_today(const struct aa_moment *moment);
unsigned int aa_stale_total(const struct aa_moment *moment);
/* Days of two weeks with any. */
unsigned int aa_stale_days(const struct aa_moment *moment);
double aa_stale_evidence(const struct aa_moment *moment, unsigned int stale);

/* --- borders.c --- */
/* ISO 3166 alpha-2, upper case. */
bool aa_countries_border(const char *a, const char *b);

/* --- usual.c --- */
/* A familiar session takes part in more than the account's usual amount of old
   mail. */
double aa_weigh_unusual_amount(const struct aa_moment *moment,
			       struct aa_buf *why);

/* The account's entry of this network; NULL if it has none. */
const struct aa_known *aa_network_known(const struct aa_moment *moment);
bool aa_network_is_familiar(const struct aa_moment *moment);
/* Behind such an address are people from anywhere. */
bool aa_is_shared_egress(enum aa_net_class net_class);
/* … and it says nothing that they are. Nobody's colleagues all begin to use Tor on
   one day. */
bool aa_is_expected_egress(enum aa_net_class net_class);
/* Many accounts of the site know it. */
bool aa_network_is_common(const struct aa_site *site, const char *network);
/* It has its country, those who use it have another, and need not know. */
bool aa_has_no_country(enum aa_net_class net_class);
double aa_clamp(double value, double min, double max);

/* More than any limit for showing: evidence of a rule that stands alone. */
#define AA_EVIDENCE_SHOW 9.0

#endif
