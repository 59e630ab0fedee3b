#ifndef INGEST_H
#define INGEST_H

#include "wire.h"

struct peer;

/* The commands by which mail processes tell what happens. Each returns 1, or -1
   with what the peer broke (then it is not listened to again). */
int ingest_login(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r);
int ingest_client(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r);
int ingest_read(struct peer *peer, const struct aa_msg *msg,
		const char **error_r);
int ingest_msg(struct peer *peer, const struct aa_msg *msg,
	       const char **error_r);
int ingest_search(struct peer *peer, const struct aa_msg *msg,
		  const char **error_r);
int ingest_ask(struct peer *peer, const struct aa_msg *msg,
	       const char **error_r);
int ingest_done(struct peer *peer, const struct aa_msg *msg,
		const char **error_r);
int ingest_pause(struct peer *peer, const struct aa_msg *msg,
		 const char **error_r);
int ingest_end(struct peer *peer, const struct aa_msg *msg,
	       const char **error_r);

#endif
