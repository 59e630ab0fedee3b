#ifndef STATUS_H
#define STATUS_H

struct peer;

/* What the service says of itself: one STATUS line for each thing. */
void status_send(struct peer *peer);

#endif
