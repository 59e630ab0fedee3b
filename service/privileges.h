#ifndef PRIVILEGES_H
#define PRIVILEGES_H

/* Dovecot's master starts the service as root and tells in the environment
   whom it is to become. Makes the last directory of the path of the database
   if it is missing, for that user alone (/var/lib/dovecot is root's, and what
   was read is nobody's business), and the folder of wake.h, then becomes that user. Never goes on as
   root. What cannot be made is not an error here: opening the database tells. */
void privileges_drop(const char *database);

#endif
