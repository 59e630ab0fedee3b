#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

#include "audit.h"
#include "decide.h"
#include "guess.h"
#include "site.h"

/* What the accounts of the site have in common (core/engine/site.h, guess.h): read from
   the store once, before the first account; its lines are put with the facts
   that changed them. */

struct neighbours {
	struct aa_site *site;
	struct aa_guesses *guesses;
	bool loaded;
	/* Failed logins that came before it was loaded. */
	struct neighbours_failed *early;
	unsigned int early_count;
};

void neighbours_init(struct audit *audit);
void neighbours_deinit(struct audit *audit);

/* The store can be read. FALSE if this failed: then it is to be called again. */
bool neighbours_load(struct audit *audit);
/* Puts what changed. FALSE if it must be tried again; *ticket_r is raised. */
bool neighbours_flush(struct audit *audit, uint64_t *ticket_r);
/* Once a minute: forgets tries that are over. */
void neighbours_sweep(struct audit *audit);
/* The database is another one now. */
void neighbours_put_again(struct audit *audit);

/* Whom else the address stands for, as far as memory and lists tell. */
enum decide_shared
neighbours_shared(const struct audit *audit, const struct aa_ip *ip,
		  const struct aa_place *place);

/* A login failed. */
void neighbours_login_failed(struct audit *audit, const char *account,
			     const struct aa_ip *ip, int64_t at_ms);

#endif
