#ifndef WAKE_H
#define WAKE_H

struct audit;

/* Sessions that hibernate are woken up through files that they watch; see the
   wire's wake-file.h. */

/* As root, in base_dir: makes the folder, for the user of the service to write and
   for everybody to look into. */
void wake_prepare(unsigned int uid, unsigned int gid);
/* Makes the files that are missing. What cannot be made is told in the log: such
   sessions end when they wake up by themselves. */
void wake_init(struct audit *audit);
/* Whoever hibernates of the account comes and asks, within a second. */
void wake_account(struct audit *audit, const char *account);

#endif
