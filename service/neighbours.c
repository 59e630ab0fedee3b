/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "neighbours.h"
#include "persist.h"
#include "timeval.h"
#include "witness.h"

/* Failed logins kept until the store can be read; later ones are not weighed
   (they are recorded all the same). */
#define NEIGHBOURS_EARLY_MAX 1000
/* Sessions of the last day that tell who is at home where. */
#define NEIGHBOURS_HOMES_MAX 100000

struct neighbours_failed {
	char account[AA_NAME_MAX];
	struct aa_ip ip;
	int64_t at_ms;
};

void neighbours_init(struct audit *audit)
{
	audit->neighbours = i_new(struct neighbours, 1);
	audit->neighbours->site = aa_site_new();
	audit->neighbours->guesses = aa_guesses_new();
}

static void neighbours_early_free(struct neighbours *neighbours)
{
	i_free(neighbours->early);
	neighbours->early_count = 0;
}

void neighbours_deinit(struct audit *audit)
{
	aa_site_free(&audit->neighbours->site);
	aa_guesses_free(&audit->neighbours->guesses);
	neighbours_early_free(audit->neighbours);
	i_free(audit->neighbours);
}

static void neighbours_weigh_failed(struct audit *audit,
				    const struct neighbours_failed *failed)
{
	const struct aa_engine engine = {
		.policy = aa_policies_for(&audit->policies, failed->account),
		.site = audit->neighbours->site,
	};
	const struct aa_source source = {
		.account = failed->account,
		.ip = &failed->ip,
	};

	aa_engine_failed(&engine, &source, failed->at_ms);
}

static void neighbours_weigh_early(struct audit *audit)
{
	struct neighbours *neighbours = audit->neighbours;
	unsigned int i;

	for (i = 0; i < neighbours->early_count; i++)
		neighbours_weigh_failed(audit, &neighbours->early[i]);
	neighbours_early_free(neighbours);
}

static void neighbours_keep_early(struct neighbours *neighbours,
				  const struct neighbours_failed *failed)
{
	if (neighbours->early_count == NEIGHBOURS_EARLY_MAX)
		return;
	if (neighbours->early == NULL) {
		neighbours->early = i_new(struct neighbours_failed,
					  NEIGHBOURS_EARLY_MAX);
	}
	neighbours->early[neighbours->early_count++] = *failed;
}

void neighbours_login_failed(struct audit *audit, const char *account,
			     const struct aa_ip *ip, int64_t at_ms)
{
	struct neighbours_failed failed = {
		.ip = *ip,
		.at_ms = at_ms,
	};

	aa_text_copy(failed.account, sizeof(failed.account), account);
	if (audit->neighbours->loaded)
		neighbours_weigh_failed(audit, &failed);
	else
		neighbours_keep_early(audit->neighbours, &failed);
}

static void
neighbours_restore(void *context, const char *key, const char *state)
{
	struct audit *audit = context;

	if (strcmp(key, WITNESS_KEY) == 0)
		witness_restore(audit, state);
	else if (!aa_guesses_restore(audit->neighbours->guesses, key, state,
				     audit_now_ms()))
		aa_site_restore(audit->neighbours->site, key, state);
}

static void neighbours_home(void *context, const struct aa_rec_session *rec)
{
	struct audit *audit = context;

	aa_guesses_succeeded(audit->neighbours->guesses, &rec->login.remote,
			     rec->login.account,
			     rec->standing == AA_STANDING_FAMILIAR,
			     rec->login.at_ms);
}

/* After the tries: a success counts by what was tried before it. */
static int neighbours_load_homes(struct audit *audit, struct aa_err *err)
{
	return aa_reader_homes(audit->persist->reader,
			       audit_now_ms() - AA_GUESS_HOME_MS,
			       NEIGHBOURS_HOMES_MAX, neighbours_home, audit, err);
}

bool neighbours_load(struct audit *audit)
{
	struct neighbours *neighbours = audit->neighbours;
	struct aa_err err;

	if (neighbours->loaded)
		return TRUE;
	if (aa_reader_site(audit->persist->reader, neighbours_restore, audit,
			   &err) < 0 ||
	    neighbours_load_homes(audit, &err) < 0) {
		/* What was read half is thrown away. */
		aa_site_free(&neighbours->site);
		neighbours->site = aa_site_new();
		persist_reader_failed(audit, &err);
		return FALSE;
	}
	neighbours->loaded = TRUE;
	neighbours_weigh_early(audit);
	return TRUE;
}

struct neighbours_put {
	struct audit *audit;
	uint64_t *ticket_r;
	bool ok;
};

static bool neighbours_put(void *context, const char *key, const char *state)
{
	struct neighbours_put *put = context;
	struct aa_rec_site rec;

	i_strocpy(rec.key, key, sizeof(rec.key));
	i_strocpy(rec.state, state, sizeof(rec.state));
	put->ok = persist_ticket(put->audit, aa_writer_put_site(
				 put->audit->persist->writer, &rec),
				 put->ticket_r);
	return put->ok;
}

bool neighbours_flush(struct audit *audit, uint64_t *ticket_r)
{
	struct neighbours_put put = {
		.audit = audit,
		.ticket_r = ticket_r,
		.ok = TRUE,
	};

	/* Until then it knows nothing that could replace what is stored. */
	if (!audit->neighbours->loaded)
		return TRUE;
	aa_site_changed(audit->neighbours->site, neighbours_put, &put);
	if (put.ok)
		aa_guesses_changed(audit->neighbours->guesses, neighbours_put,
				   &put);
	return put.ok;
}

void neighbours_sweep(struct audit *audit)
{
	uint64_t ticket = 0;

	aa_guesses_sweep(audit->neighbours->guesses, audit_now_ms());
	/* What does not fit now is put with the next fact. */
	(void)neighbours_flush(audit, &ticket);
}

void neighbours_put_again(struct audit *audit)
{
	if (audit->neighbours->loaded) {
		aa_site_change_all(audit->neighbours->site);
		aa_guesses_change_all(audit->neighbours->guesses);
	}
	witness_put_again(audit);
}

enum decide_shared
neighbours_shared(const struct audit *audit, const struct aa_ip *ip,
		  const struct aa_place *place)
{
	bool is_crowd = aa_crowd_is(aa_site_crowd(audit->neighbours->site), ip,
				    aa_day_of(audit_now_ms()), NULL);

	return decide_shared(is_crowd, place->net_class);
}
