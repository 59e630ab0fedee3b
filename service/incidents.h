#ifndef INCIDENTS_H
#define INCIDENTS_H

#include "sessions.h"

/* The story that the admin sees: one open incident for an account and a
   (network, client), to which later facts are added. */

/* The incident that the session belongs to: its own, that of the given id (0
   none), that of its place and client, or a new one. Valid until the next one
   is made. */
struct aa_rec_incident *incident_of(struct session *session, int64_t id);
/* Adds the session's part and the verdict, and puts it. */
void incident_add(struct aa_rec_incident *incident, struct session *session,
		  const struct aa_verdict *verdict, bool enforced);
/* The session read more: brings the incident's numbers up to date. */
void incident_update(struct session *session);
/* The campaign takes in what the account's own incidents from its network were
   since then: they are closed, and their sessions are the campaign's now. judged:
   the session that is being judged. */
void incidents_join(struct account *account, struct aa_rec_incident *campaign,
		    int64_t since_ms, const struct session *judged);
/* … and the incident that the session has. */
void incidents_join_session(struct session *session,
			    struct aa_rec_incident *campaign);
/* Once a minute: closes what has been quiet for access_audit_incident_quiet. */
void incidents_sweep(struct audit *audit);
/* A login was refused for that incident's block before it was a session: the
   story is not over. */
void incident_refused(struct account *account, int64_t id);
/* A person has decided over an incident, in memory or not: it is put, and from now
   on it is what memory knows of it. */
void incident_decided(struct audit *audit,
		      const struct aa_rec_incident *incident);
/* by has lifted its block: nothing more is added. Not for campaigns. */
void incident_close(struct account *account, int64_t id, const char *by);

/* Neither a fact nor a decision for so long: what comes now is another story. */
bool incident_is_quiet(const struct audit *audit,
		       const struct aa_rec_incident *incident, int64_t now_ms);
/* Whose it is (data stack); "" of a campaign, and if it cannot be told now. */
const char *
incident_owner(struct audit *audit, const struct aa_rec_incident *incident);

/* Between the files of this part. */
/* The account's own of that id, or a campaign; NULL if it is not open. */
struct aa_rec_incident *incident_find(struct account *account, int64_t id);
/* The account's own: closed as it is in the record, and put. */
void incident_remove(struct account *account, struct aa_rec_incident *incident);

#endif
