#ifndef CAMPAIGNS_H
#define CAMPAIGNS_H

#include "sessions.h"

/* Campaigns: one open incident for one source and all accounts that it is a
   stranger to. What makes one, core/engine/campaign.h knows; this is its row, its
   accounts, and how it takes in what these accounts' own incidents were. */

void campaigns_init(struct audit *audit);
void campaigns_deinit(struct audit *audit);
/* The store can be read: those that are open. FALSE if this failed: then it is to
   be called again. */
bool campaigns_load(struct audit *audit);
/* The database may be another one now. */
void campaigns_put_again(struct audit *audit);

/* A login failed at an account that exists. */
void campaigns_tried(struct audit *audit, const char *account,
		     const struct aa_ip *ip);
/* The session is that of an owner at home there. */
void campaigns_home(const struct session *session);
/* A stranger's session began: the campaign that it belongs to, and the verdict that
   says why; NULL none. */
struct aa_rec_incident *
campaigns_came(struct session *session, struct aa_verdict *verdict_r);
/* A stranger's session is shown or stopped: the campaign that it belongs to, NULL
   none. */
struct aa_rec_incident *campaigns_acted(struct session *session);

/* An open one. */
struct aa_rec_incident *campaigns_find(struct audit *audit, int64_t id);
/* Its numbers changed. */
void campaigns_put(struct audit *audit, const struct aa_rec_incident *incident,
		   uint64_t *ticket);
/* One that was closed is in memory again, with its accounts. The store must be
   readable. */
struct aa_rec_incident *
campaigns_reopen(struct audit *audit, const struct aa_rec_incident *incident);
/* The open campaign that the account is in, or NULL. */
const struct aa_rec_incident *
campaigns_with(const struct audit *audit, const char *account);
/* The account is in none any more; the store is told by whoever asks for that. */
void campaigns_forget(struct audit *audit, const char *account);
/* It is closed as it is in the record, and not there any more. */
void campaigns_close(struct audit *audit, struct aa_rec_incident *incident);

#endif
