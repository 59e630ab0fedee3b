#ifndef STORE_SAMPLES_H
#define STORE_SAMPLES_H

#include "records.h"

/* Records with a value in each member. n tells them apart. */
void sample_account(struct aa_rec_account *rec, int n);
void sample_session(struct aa_rec_session *rec, int n);
void sample_mailbox(struct aa_rec_mailbox *rec, int n);
void sample_read(struct aa_rec_read *rec, int n);
void sample_known(struct aa_rec_known *rec, int account_id, const char *name);
void sample_daily(struct aa_rec_daily *rec, int account_id, int day);
void sample_site(struct aa_rec_site *rec, const char *key, const char *state);
void sample_block(struct aa_rec_block *rec, int n);
void sample_order(struct aa_rec_order *rec, int n);
void sample_notification(struct aa_rec_notification *rec, int n);
void sample_message(struct aa_rec_message *rec, int n);
void sample_inquiry(struct aa_rec_inquiry *rec, int n);
void sample_tombstone(struct aa_rec_tombstone *rec, int n);
void sample_canary(struct aa_rec_canary *rec, int n);
void sample_incident(struct aa_rec_incident *rec, int n);
void sample_campaign(struct aa_rec_incident *rec, int n);
void sample_incident_account(struct aa_rec_incident_account *rec, int incident, int n);
void sample_gap(struct aa_rec_gap *rec, int n);
void sample_verdict(struct aa_rec_verdict *rec, int n);
void sample_failed(struct aa_rec_failed *rec, int day, const char *ip, const char *name);

#endif
