/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "num.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

/* Where a country is: its capital. */
static const struct capital {
	char country[3];
	double lat, lon;
} capitals[] = {
	{ "BE", 50.85, 4.35 }, { "BR", -15.79, -47.88 }, { "CH", 46.95, 7.45 },
	{ "CN", 39.90, 116.40 }, { "DE", 52.52, 13.40 }, { "ES", 40.42, -3.70 },
	{ "FR", 48.86, 2.35 }, { "GB", 51.51, -0.13 }, { "IT", 41.90, 12.50 },
	{ "JP", 35.68, 139.69 }, { "NL", 52.37, 4.90 }, { "RU", 55.76, 37.62 },
	{ "US", 38.91, -77.04 },
};
#define CAPITAL_RADIUS_KM 50

static bool take_country(struct words *words, struct aa_place *place)
{
	if (strlen(peek(words)) != 2)
		return true;
	memcpy(place->country, take(words), 3);
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++) {
		if (strcmp(capitals[i].country, place->country) != 0)
			continue;
		place->has_location = true;
		place->lat = capitals[i].lat;
		place->lon = capitals[i].lon;
		place->radius_km = CAPITAL_RADIUS_KM;
		return true;
	}
	return false;
}

bool own_address(struct stage_session *from)
{
	char text[AA_IP_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "2001:db8:%x:%x::1",
		       from->place.asn & 0xffff, from->place.asn >> 16);
	return from->place.asn != 0 && aa_ip_parse(&from->ip, text, NULL) == 0;
}

/* "AS64496 192.0.2.7"; an AS number alone has an address of its own. */
static bool take_network(struct words *words, struct stage_session *from)
{
	uint64_t asn;

	if (strncmp(peek(words), "AS", 2) == 0 &&
	    aa_num_read(peek(words) + 2, UINT32_MAX, &asn) != NULL) {
		from->place.asn = (uint32_t)asn;
		take(words);
	}
	if (aa_ip_parse(&from->ip, peek(words), NULL) == 0) {
		take(words);
		return true;
	}
	return own_address(from);
}

/* "from FR AS64496 192.0.2.7 class hosting client thunderbird protocol pop3
   announced", in this order, each one optional but the address where no AS number stands. */
bool take_place(struct words *words, struct stage_session *from_r)
{
	memset(from_r, 0, sizeof(*from_r));
	aa_text_copy(from_r->protocol, sizeof(from_r->protocol), "imap");
	aa_text_copy(from_r->box, sizeof(from_r->box), "INBOX");
	if (!take_if(words, "from") || !take_country(words, &from_r->place) ||
	    !take_network(words, from_r))
		return false;
	if (take_if(words, "class") &&
	    !aa_net_class_parse(take(words), &from_r->place.net_class))
		return false;
	if (take_if(words, "client"))
		aa_text_copy(from_r->client, sizeof(from_r->client), take(words));
	if (take_if(words, "protocol"))
		aa_text_copy(from_r->protocol, sizeof(from_r->protocol),
			     take(words));
	from_r->announced = take_if(words, "announced");
	return true;
}
