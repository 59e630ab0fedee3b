/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <math.h>
#include <string.h>

#define EARTH_RADIUS_KM 6371.0
#define RADIANS (M_PI / 180)
/* Faster than an airliner; what is less far apart may be an error of the geo
   data or a border town. */
#define TRAVEL_KMH 900
#define TRAVEL_MIN_KM 500
#define TRAVEL_HOURS 24
/* Little: VPNs that no list knows and wrong geo data make most of these. */
#define EVIDENCE 0.7

/* Great circle, by the haversine formula. */
static double distance_km(const struct aa_life_spot *spot,
			  const struct aa_place *place)
{
	double dlat = sin((place->lat - spot->lat) * RADIANS / 2);
	double dlon = sin((place->lon - spot->lon) * RADIANS / 2);
	double h = dlat * dlat + cos(spot->lat * RADIANS) *
		cos(place->lat * RADIANS) * dlon * dlon;

	return 2 * EARTH_RADIUS_KM * asin(sqrt(h < 1 ? h : 1)) -
		spot->radius_km - place->radius_km;
}

double aa_weigh_impossible_travel(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_place *place = m->source->place;

	if (!place->has_location || place->country[0] == '\0' ||
	    aa_is_shared_egress(place->net_class) || aa_network_is_familiar(m))
		return 0;
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *spot = &m->life->spots[i];
		double hours = (double)(m->at_ms - spot->at_ms) / AA_HOUR_MS, km;

		if (spot->at_ms == 0 || !spot->has_location || spot->shared ||
		    hours < 0 || hours > TRAVEL_HOURS ||
		    strcmp(spot->country, place->country) == 0 ||
		    aa_countries_border(spot->country, place->country))
			continue;
		km = distance_km(spot, place);
		if (km < TRAVEL_MIN_KM || km < TRAVEL_KMH * hours)
			continue;
		if (why != NULL) {
			aa_buf_printf(why, AA_SAY_TRAVEL,
				      km, spot->country, spot->network, hours);
		}
		return EVIDENCE;
	}
	return 0;
}
