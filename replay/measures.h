#ifndef REPLAY_MEASURES_H
#define REPLAY_MEASURES_H

#include "replay.h"

/* --stats: how fast, and how much state. Loads all accounts. */
void measures_print(FILE *file, struct replay *replay);

#endif
