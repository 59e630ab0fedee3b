/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "failed.h"
#include "persist.h"
#include "timeval.h"

/* The store adds up and caps. */
bool failed_put(struct audit *audit, const struct failed_logins *failed,
		uint64_t *ticket_r)
{
	struct aa_rec_failed rec = {
		.day = aa_day_of(failed->first_ms),
		.ip = failed->ip,
		.known_account = failed->known_account,
		.count = failed->count,
		.first_ms = failed->first_ms,
		.last_ms = failed->last_ms,
	};
	struct aa_place place;

	aa_geo_lookup(audit->geo, &failed->ip, &place);
	aa_text_copy(rec.name, sizeof(rec.name), failed->account);
	i_strocpy(rec.country, place.country, sizeof(rec.country));
	i_strocpy(rec.network, place.network, sizeof(rec.network));
	return persist_ticket(audit,
			      aa_writer_put_failed(audit->persist->writer, &rec),
			      ticket_r);
}
