#ifndef AA_CLIENT_ID_H
#define AA_CLIENT_ID_H

#include <stddef.h>

/* "name/version" from the argument list of IMAP ID, with or without its
   parentheses: ("name" "Thunderbird" "version" "128.1"). Without a name, the
   user-agent or the vendor stands in; "" if the client tells nothing. The
   version is kept, detection compares names. Hostile input is welcome; dest
   gets at most cap-1 bytes. */
void aa_client_id_normalize(char *dest, size_t cap, const char *args);

#endif
