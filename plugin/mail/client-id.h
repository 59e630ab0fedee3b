#ifndef CLIENT_ID_H
#define CLIENT_ID_H

/* "name/version" from the argument list of IMAP ID, with or without its
   parentheses: ("name" "Thunderbird" "version" "128.1"). Without a name, the
   vendor or the user-agent stands in; "" if the client tells nothing. The
   version is kept, detection compares names. Hostile input is welcome; dest
   gets at most cap-1 bytes. */
void client_id_normalize(char *dest, size_t cap, const char *args);

#endif
