#ifndef AA_CLIENT_ID_H
#define AA_CLIENT_ID_H

#include "facts.h"

#include <stddef.h>

/* "name/version" from the argument list of IMAP ID, with or without its
   parentheses: ("name" "Thunderbird" "version" "128.1"). Without a name, the
   user-agent or the vendor stands in; "" if the client tells nothing. The
   version is kept, detection compares names. Hostile input is welcome; dest
   gets at most cap-1 bytes. */
void aa_client_id_normalize(char *dest, size_t cap, const char *args);

/* The part of a client's name by which it is known and blocked: lower case
   (ASCII), without the version ("Thunderbird/115.3" -> "thunderbird"), so that an
   update of the client makes nobody a stranger. */
void aa_client_family(const char *client, char family_r[AA_NAME_MAX]);

#endif
