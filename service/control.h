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

#endif
