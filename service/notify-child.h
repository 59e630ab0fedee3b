#ifndef NOTIFY_CHILD_H
#define NOTIFY_CHILD_H

#include "lib.h"

/* Runs a program of the admin's, as the user of the service: no shell, only PATH
   in its environment, / as its folder, its input at once on its standard input,
   in a session of its own. Nothing waits for it. */

struct notify_child;

/* error: NULL if it ended with 0; else how it ended and the beginning of what it
   said, as it was said. The child is gone afterwards. */
typedef void notify_child_callback_t(const char *error, void *context);

void notify_children_init(void);
/* Those that run go on, and nobody hears of their end. */
void notify_children_deinit(void);

/* argv[0] is an absolute path. After timeout_msecs it is killed with all of its
   session that has not left it. Returns NULL if it cannot be started, with the
   error; otherwise the callback comes later, once. */
struct notify_child *
notify_child_start(const char *const *argv, const char *input,
		   unsigned int timeout_msecs,
		   notify_child_callback_t *callback, void *context,
		   const char **error_r);
/* Forgets it: it runs on without us. */
void notify_child_forget(struct notify_child **child);

#endif
