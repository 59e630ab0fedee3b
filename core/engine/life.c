/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <string.h>

void aa_life_free(struct aa_life *life)
{
	for (unsigned int i = 0; i < AA_KNOWN_WHAT_COUNT; i++)
		aa_known_list_free(&life->known[i]);
	memset(life, 0, sizeof(*life));
}

struct aa_life_day *aa_life_day_get(struct aa_life *life, int day)
{
	static struct aa_life_day nowhere;
	struct aa_life_day *slot;

	if (day < 0)
		day = 0;
	slot = &life->days[(unsigned int)day % AA_LIFE_DAYS];
	if (day < slot->day) {
		/* Imported late, and too old to count. */
		memset(&nowhere, 0, sizeof(nowhere));
		return &nowhere;
	}
	if (day > slot->day) {
		memset(slot, 0, sizeof(*slot));
		slot->day = day;
	}
	return slot;
}

void aa_life_restore_day(struct aa_life *life, const struct aa_life_day *day)
{
	*aa_life_day_get(life, day->day) = *day;
}

void aa_life_sum(const struct aa_life *life, int first, int last,
		 struct aa_life_day *sum_r)
{
	memset(sum_r, 0, sizeof(*sum_r));
	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++) {
		const struct aa_life_day *day = &life->days[i];

		if (day->day < first || day->day > last)
			continue;
		sum_r->bodies += day->bodies;
		sum_r->stale += day->stale;
		sum_r->odd_bodies += day->odd_bodies;
		sum_r->odd_stale += day->odd_stale;
		sum_r->headers += day->headers;
	}
}

unsigned int aa_life_max_stale(const struct aa_life *life, int first, int last)
{
	unsigned int max = 0;

	for (unsigned int i = 0; i < AA_LIFE_DAYS; i++) {
		const struct aa_life_day *day = &life->days[i];

		if (day->day >= first && day->day <= last && day->stale > max)
			max = day->stale;
	}
	return max;
}

void aa_life_active(struct aa_life *life, int day)
{
	int ahead = day - life->active_day;

	if (ahead > 0) {
		life->active = ahead < 64 ? life->active << ahead : 0;
		life->active_day = day;
		life->active |= 1;
	} else if (ahead > -64) {
		life->active |= (uint64_t)1 << -ahead;
	}
}

unsigned int aa_life_active_days(const struct aa_life *life)
{
	return (unsigned int)__builtin_popcountll(life->active);
}

unsigned int aa_life_hour(int day, unsigned int hour)
{
	/* 1970-01-01 was a Thursday. */
	bool weekend = (day + 3) % 7 >= 5;

	return hour + (weekend ? 24 : 0);
}

static uint32_t prefix_hash(const struct aa_ip *ip)
{
	char text[AA_NET_TEXT_MAX];

	aa_ip_prefix(ip, text);
	return aa_table_hash(text);
}

bool aa_life_knows_prefix(const struct aa_life *life, const struct aa_ip *ip)
{
	uint32_t hash = prefix_hash(ip);

	for (unsigned int i = 0; i < AA_LIFE_PREFIXES; i++) {
		if (life->prefixes[i].day != 0 && life->prefixes[i].hash == hash)
			return true;
	}
	return false;
}

bool aa_life_add_prefix(struct aa_life *life, const struct aa_ip *ip, int day)
{
	uint32_t hash = prefix_hash(ip);
	unsigned int oldest = 0;

	for (unsigned int i = 0; i < AA_LIFE_PREFIXES; i++) {
		if (life->prefixes[i].day != 0 && life->prefixes[i].hash == hash) {
			if (day > life->prefixes[i].day)
				life->prefixes[i].day = day;
			return false;
		}
		if (life->prefixes[i].day < life->prefixes[oldest].day)
			oldest = i;
	}
	life->prefixes[oldest].hash = hash;
	life->prefixes[oldest].day = day;
	return true;
}

static double rounded(double degrees)
{
	/* As it is stored. */
	return (double)(int)(degrees * 100) / 100;
}

void aa_life_spot_note(struct aa_life *life, const struct aa_place *place,
		       bool shared, int64_t at_ms)
{
	struct aa_life_spot *spot = &life->spots[0];

	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		struct aa_life_spot *old = &life->spots[i];

		if (old->at_ms != 0 && strcmp(old->network, place->network) == 0) {
			spot = old;
			break;
		}
		if (old->at_ms < spot->at_ms)
			spot = old;
	}
	/* What is told late was before what is known. */
	if (spot->at_ms > at_ms)
		return;
	spot->at_ms = at_ms;
	memcpy(spot->country, place->country, sizeof(spot->country));
	aa_text_copy(spot->network, sizeof(spot->network), place->network);
	spot->has_location = place->has_location;
	spot->shared = shared;
	spot->lat = rounded(place->lat);
	spot->lon = rounded(place->lon);
	spot->radius_km = place->radius_km;
}

bool aa_life_spot_again(struct aa_life *life, const struct aa_place *place,
			int64_t at_ms)
{
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		struct aa_life_spot *spot = &life->spots[i];

		if (spot->at_ms != 0 && strcmp(spot->network, place->network) == 0) {
			spot->at_ms = at_ms;
			return true;
		}
	}
	return false;
}
