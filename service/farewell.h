#ifndef FAREWELL_H
#define FAREWELL_H

struct audit;

/* After the ioloop has ended, before anything is torn down: if Dovecot stops, the
   last reports of its mail processes. Returns after 50 ms on a reload, otherwise when
   the last of them has gone, when for half a second none has, or after 5 s.
   master: our parent process when we began. */
void farewell(struct audit *audit, pid_t master);

#endif
