#ifndef GAPS_H
#define GAPS_H

#include <sys/types.h>
#include "sessions.h"

/* What could not be recorded: each gap is a row, a log line and an event. What
   comes in crowds is one gap that grows, not many. */

void gaps_init(struct audit *audit);
void gaps_deinit(struct audit *audit);

/* The store can be read: puts what waited for an id. The first time, it also
   tells what was missed while no service ran. */
void gaps_store_ready(struct audit *audit);

/* Once a minute and at the end: while the mode is off nothing is recorded. */
void gaps_minute(struct audit *audit);

/* A session went ahead for so long without an answer. */
void gaps_late_answer(const struct session *session, int64_t unaudited_ms);
/* A mail process is gone without a final report. */
void gaps_session_lost(const struct session *session);
/* A session that is over is given up: no room for what it did. */
void gaps_session_dropped(const struct session *session);
/* A report broke the protocol or a limit; the connection is closed. */
void gaps_refused_report(const struct peer *peer, const char *error);
/* A report of so many messages was left out: the service had died of it. */
void gaps_withheld(const struct session *session, uint64_t messages);
/* Auth let the session in, and no mail process announced it. */
void gaps_plugin_missing(struct audit *audit, const char *account,
			 const char *session_id, const struct aa_ip *remote,
			 int64_t at_ms);
/* Somebody who is no mail process came to the mail socket. Only logged: what
   it would have said is not known. */
void gaps_refused_peer(struct audit *audit, pid_t pid, uid_t uid,
		       const char *error);

/* An older database took the place of ours: what was recorded after its last sign of
   life (0: it is empty) is not in it. */
void gaps_restored(struct audit *audit, int64_t alive_ms);
/* What waits to be put of gaps of the account alone is not put. */
void gaps_forget(struct audit *audit, const char *account);

#endif
