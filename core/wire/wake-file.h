#ifndef AA_WAKE_FILE_H
#define AA_WAKE_FILE_H

/* How the service wakes up a session that hibernates, and so has no connection: it
   changes a file that the session's mailbox watch looks at, too. Dovecot's
   imap-hibernate takes that for new mail and starts an imap process for it, which
   asks the service like any other (PROTOCOL.md). */

#define AA_WAKE_DIR "access-audit-wake"		/* in base_dir */
/* Accounts share them: who is woken up for another one's sake hibernates again. */
#define AA_WAKE_FILES 256
#define AA_WAKE_PATH_MAX 32

/* "access-audit-wake/7f" for n < AA_WAKE_FILES. */
void aa_wake_path(unsigned int n, char path_r[AA_WAKE_PATH_MAX]);
/* That of the account. */
void aa_wake_path_of(const char *account, char path_r[AA_WAKE_PATH_MAX]);

#endif
