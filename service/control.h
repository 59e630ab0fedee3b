#ifndef CONTROL_H
#define CONTROL_H

#include "wire.h"

struct peer;

/* The commands of the admin socket; see ingest.h for the results. */
int control_status(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r);
int control_block(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r);
int control_unblock(struct peer *peer, const struct aa_msg *msg,
		    const char **error_r);
int control_tell(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r);
/* control-incidents.c */
int control_decide(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r);
/* control-test.c */
int control_test(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r);
/* control-inquiry.c */
int control_inquiry(struct peer *peer, const struct aa_msg *msg,
		    const char **error_r);
/* control-failed.c */
int control_failed(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r);
/* control-forget.c */
int control_forget(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r);
/* control-orders.c */
int control_order(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r);
int control_lift(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r);

/* control-canary.c */
int control_canary(struct peer *peer, const struct aa_msg *msg,
		   const char **error_r);
int control_uncanary(struct peer *peer, const struct aa_msg *msg,
		     const char **error_r);

/* Between the files of this part. */
#define CONTROL_NO_DATABASE "the database cannot be read now; see status"
/* Answers RESULT. Returns 1. */
int control_result(struct peer *peer, bool ok, int64_t id, const char *text);
/* "*", an AS number, or a prefix, which is written as the store has it. */
bool control_network(const char *text, char network_r[AA_NET_TEXT_MAX]);

#endif
