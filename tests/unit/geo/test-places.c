/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <math.h>
#include <string.h>

START_TEST(maxmind_city_and_asn)
{
	const char *paths[] = { data_path("city"), data_path("asn") };
	struct aa_geo *geo = aa_geo_open(paths, 2, NOW_MS);
	struct aa_place place = place_of(geo, "198.51.100.255");

	ck_assert_str_eq(place.country, "RU");
	ck_assert_uint_eq(place.asn, 64500);
	ck_assert_str_eq(place.as_org, "Example Hosting");
	ck_assert_str_eq(place.network, "AS64500");
	ck_assert(place.has_location);
	ck_assert(fabs(place.lat - 55.75) < 0.001);
	ck_assert(fabs(place.lon - 37.62) < 0.001);
	ck_assert_uint_eq(place.radius_km, 50);
	ck_assert(!place.is_private);
	aa_geo_close(&geo);
	ck_assert_ptr_null(geo);
}
END_TEST

/* What each file alone knows of 2001:db8:2::5. */
START_TEST(layouts)
{
	static const struct { const char *file, *country; uint32_t asn;
		const char *org; bool has_location; const char *network; } rows[] = {
		{ "city", "BR", 0, "", true, "2001:db8:2::/64" },
		{ "asn", "", 64502, "Example Cable", false, "AS64502" },
		{ "demo", "BR", 64502, "Example Cable", true, "AS64502" },
		{ "text", "BR", 64502, "Example Cable", true, "AS64502" },
		{ "wrong", "", 0, "", false, "2001:db8:2::/64" },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aa_geo *geo = open_one(data_path(rows[i].file));
		struct aa_geo_status status = status_of(geo, 0);
		struct aa_place place = place_of(geo, "2001:db8:2::5");

		ck_assert_msg(status.loaded, "%s", rows[i].file);
		ck_assert_str_eq(status.text, "");
		ck_assert_str_eq(place.country, rows[i].country);
		ck_assert_uint_eq(place.asn, rows[i].asn);
		ck_assert_str_eq(place.as_org, rows[i].org);
		ck_assert_str_eq(place.network, rows[i].network);
		ck_assert_int_eq(place.has_location, rows[i].has_location);
		ck_assert(!place.has_location ||
			  (fabs(place.lat + 23.55) < 0.001 &&
			   fabs(place.lon + 46.63) < 0.001));
		aa_geo_close(&geo);
	}
}
END_TEST

START_TEST(the_first_file_wins_and_the_second_fills)
{
	const char *paths[] = { data_path("asn"), data_path("demo") };
	struct aa_geo *geo = aa_geo_open(paths, 2, NOW_MS);

	assert_knows_home(geo);
	ck_assert(place_of(geo, "192.0.2.7").has_location);
	aa_geo_close(&geo);
}
END_TEST

START_TEST(an_unknown_address_is_its_prefix)
{
	struct aa_geo *geo = open_one(data_path("demo"));
	struct aa_place place = place_of(geo, "8.8.8.8");

	ck_assert_str_eq(place.country, "");
	ck_assert_str_eq(place.network, "8.8.8.0/24");
	place = place_of(geo, "2001:db8:99:1:2:3:4:5");
	ck_assert_str_eq(place.network, "2001:db8:99:1::/64");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(private_and_missing_addresses)
{
	static const struct { const char *address; bool is_private; } rows[] = {
		{ "127.0.0.1", true }, { "::1", true }, { "10.1.2.3", true },
		{ "192.168.1.1", true }, { "fd00::1", true },
		{ "fe80::1", true }, { "100.64.0.1", true },
		{ "192.0.2.1", false }, { "198.51.100.1", false },
		{ "203.0.113.1", false }, { "2001:db8:1::1", false },
	};
	struct aa_geo *geo = open_one(data_path("demo"));
	struct aa_ip none = { .set = false };
	struct aa_place place;

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		place = place_of(geo, rows[i].address);
		ck_assert_msg(place.is_private == rows[i].is_private, "%s",
			      rows[i].address);
		ck_assert_str_ne(place.network, "");
	}
	aa_geo_lookup(geo, &none, &place);
	ck_assert(place.is_private);
	ck_assert_str_eq(place.network, "local");
	aa_geo_close(&geo);
}
END_TEST

START_TEST(no_file_at_all)
{
	struct aa_geo *geo = aa_geo_open(NULL, 0, NOW_MS);
	struct aa_geo_status status;

	assert_knows_nothing(NULL);
	assert_knows_nothing(geo);
	ck_assert(!aa_geo_status(geo, 0, NOW_MS, &status));
	ck_assert(!aa_geo_status(NULL, 0, NOW_MS, &status));
	ck_assert(!aa_geo_refresh(geo, NOW_MS));
	aa_geo_close(&geo);
	aa_geo_close(&geo);
}
END_TEST

START_TEST(old_data_is_told)
{
	struct aa_geo *geo = open_one(data_path("demo"));
	int64_t late_ms = BUILT_MS + 36 * AA_DAY_MS;
	struct aa_geo_status status = status_of(geo, 0);

	ck_assert(status.built_ms == BUILT_MS);
	ck_assert(!status.stale);
	ck_assert(!aa_geo_refresh(geo, NOW_MS));
	ck_assert(aa_geo_refresh(geo, late_ms));
	ck_assert(!aa_geo_refresh(geo, late_ms + AA_DAY_MS));
	ck_assert(aa_geo_status(geo, 0, late_ms, &status));
	ck_assert(status.stale && status.loaded);
	ck_assert_ptr_nonnull(strstr(status.text, "built 2026-11-20"));
	assert_knows_home(geo);
	aa_geo_close(&geo);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		maxmind_city_and_asn,
		layouts,
		the_first_file_wins_and_the_second_fills,
		an_unknown_address_is_its_prefix,
		private_and_missing_addresses,
		no_file_at_all,
		old_data_is_told,
	};

	return run_tests("geo-places", tests, sizeof(tests) / sizeof(tests[0]));
}
