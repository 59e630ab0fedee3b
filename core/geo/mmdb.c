/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "mmdb.h"
#include "mem.h"
#include "num.h"

#include <maxminddb.h>

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct aa_mmdb {
	MMDB_s file;
};

static int mmdb_error(struct aa_err *err, int error)
{
	if (error == MMDB_OUT_OF_MEMORY_ERROR) {
		return aa_err_set(err, AA_ERR_IO, "not enough memory: the "
			"process must be allowed to hold the file twice");
	}
	if (error == MMDB_FILE_OPEN_ERROR || error == MMDB_IO_ERROR) {
		return aa_err_set(err, AA_ERR_IO, "%s: %s",
				  MMDB_strerror(error), strerror(errno));
	}
	return aa_err_set(err, AA_ERR_CORRUPT,
			  "not a usable .mmdb file: %s", MMDB_strerror(error));
}

int aa_mmdb_open(const char *name, struct aa_mmdb **db_r, struct aa_err *err)
{
	struct aa_mmdb *db = aa_realloc(NULL, sizeof(*db));
	int error = MMDB_open(name, MMDB_MODE_MMAP, &db->file);

	*db_r = NULL;
	if (error != MMDB_SUCCESS) {
		mmdb_error(err, error);
		free(db);
		return -1;
	}
	*db_r = db;
	return 0;
}

void aa_mmdb_close(struct aa_mmdb **db)
{
	if (*db == NULL)
		return;
	MMDB_close(&(*db)->file);
	free(*db);
	*db = NULL;
}

int64_t aa_mmdb_built_ms(const struct aa_mmdb *db)
{
	uint64_t epoch = db->file.metadata.build_epoch;

	return epoch <= INT64_MAX / 1000 ? (int64_t)epoch * 1000 : 0;
}

/* Text inside the file has no NUL at its end. */
static bool
value_text(const MMDB_entry_data_s *value, char *text_r, size_t size)
{
	size_t len = value->data_size;

	if (value->type != MMDB_DATA_TYPE_UTF8_STRING || len == 0 || len >= size)
		return false;
	memcpy(text_r, value->utf8_string, len);
	text_r[len] = '\0';
	return true;
}

static bool text_number(const char *text, double *number_r)
{
	char *end;

	*number_r = strtod(text, &end);
	return end != text && *end == '\0';
}

static bool value_number(const MMDB_entry_data_s *value, double *number_r)
{
	char text[32];

	switch (value->type) {
	case MMDB_DATA_TYPE_DOUBLE:
		*number_r = value->double_value;
		break;
	case MMDB_DATA_TYPE_FLOAT:
		*number_r = (double)value->float_value;
		break;
	case MMDB_DATA_TYPE_UINT16:
		*number_r = value->uint16;
		break;
	case MMDB_DATA_TYPE_UINT32:
		*number_r = value->uint32;
		break;
	case MMDB_DATA_TYPE_INT32:
		*number_r = value->int32;
		break;
	case MMDB_DATA_TYPE_UINT64:
		*number_r = (double)value->uint64;
		break;
	default:
		if (!value_text(value, text, sizeof(text)) ||
		    !text_number(text, number_r))
			return false;
		break;
	}
	return isfinite(*number_r);
}

static bool
value_in_range(const MMDB_entry_data_s *value, double min, double max,
	       double *number_r)
{
	return value_number(value, number_r) &&
		*number_r >= min && *number_r <= max;
}

static bool upper_letter(char chr, char *upper_r)
{
	*upper_r = chr >= 'a' && chr <= 'z' ? chr - 'a' + 'A' : chr;
	return *upper_r >= 'A' && *upper_r <= 'Z';
}

/* XX and ZZ are what lists write for "nobody knows". */
static bool read_country(const MMDB_entry_data_s *value, struct aa_place *place)
{
	char text[3], country[3] = "";

	if (!value_text(value, text, sizeof(text)) ||
	    !upper_letter(text[0], &country[0]) ||
	    !upper_letter(text[1], &country[1]) ||
	    strcmp(country, "XX") == 0 || strcmp(country, "ZZ") == 0)
		return false;
	memcpy(place->country, country, sizeof(country));
	return true;
}

/* A number, or text with or without "AS" in front. */
static bool read_asn(const MMDB_entry_data_s *value, struct aa_place *place)
{
	const char *end;
	uint64_t asn = 0;
	double number;
	char text[16];

	if (value_text(value, text, sizeof(text))) {
		end = aa_num_read(strncmp(text, "AS", 2) == 0 ? text + 2 : text,
				  UINT32_MAX, &asn);
		if (end == NULL || *end != '\0')
			return false;
	} else if (value_in_range(value, 1, UINT32_MAX, &number)) {
		asn = (uint64_t)number;
	}
	place->asn = (uint32_t)asn;
	return asn != 0;
}

static bool read_org(const MMDB_entry_data_s *value, struct aa_place *place)
{
	char text[4 * AA_ORG_MAX];

	if (!value_text(value, text, sizeof(text)))
		return false;
	aa_text_copy(place->as_org, sizeof(place->as_org), text);
	return true;
}

static bool read_lat(const MMDB_entry_data_s *value, struct aa_place *place)
{
	return value_in_range(value, -90, 90, &place->lat);
}

static bool read_lon(const MMDB_entry_data_s *value, struct aa_place *place)
{
	return value_in_range(value, -180, 180, &place->lon);
}

#define EARTH_HALF_ROUND_KM 20038
static bool read_radius(const MMDB_entry_data_s *value, struct aa_place *place)
{
	double radius;

	if (!value_in_range(value, 0, EARTH_HALF_ROUND_KM, &radius))
		return false;
	place->radius_km = (unsigned int)radius;
	return true;
}

enum fact_id {
	FACT_COUNTRY, FACT_ASN, FACT_ORG, FACT_LAT, FACT_LON, FACT_RADIUS,
	FACT_COUNT
};
#define PATHS_MAX 6

/* Where the files in use keep what we want to know. The first path with a
   valid value wins. MaxMind's registered_country is not among them: it tells
   where the paperwork of a network is, not where the network is. */
static const struct fact {
	bool (*read)(const MMDB_entry_data_s *value, struct aa_place *place);
	const char *paths[PATHS_MAX][3];
} facts[FACT_COUNT] = {
	[FACT_COUNTRY] = { read_country, {
		{ "country", "iso_code" },	/* MaxMind, DB-IP, IP2Location */
		{ "country_code" },		/* ip-location-db, IPinfo */
		{ "country" },			/* older IPinfo */
	} },
	[FACT_ASN] = { read_asn, {
		{ "autonomous_system_number" },	/* MaxMind, DB-IP, ip-location-db */
		{ "asn" },			/* IPinfo, flat lists */
		{ "as_number" },
		{ "traits", "autonomous_system_number" },
	} },
	[FACT_ORG] = { read_org, {
		{ "autonomous_system_organization" },
		{ "as_organization" },
		{ "as_name" },
		{ "organization" },
		{ "traits", "autonomous_system_organization" },
	} },
	[FACT_LAT] = { read_lat, {
		{ "location", "latitude" }, { "latitude" }, { "lat" },
	} },
	[FACT_LON] = { read_lon, {
		{ "location", "longitude" }, { "longitude" }, { "lng" },
		{ "lon" },
	} },
	[FACT_RADIUS] = { read_radius, {
		{ "location", "accuracy_radius" }, { "accuracy_radius" },
	} },
};

static bool
fact_find(const struct fact *fact, MMDB_entry_s *entry, struct aa_place *place)
{
	MMDB_entry_data_s value;

	for (unsigned int i = 0; i < PATHS_MAX && fact->paths[i][0] != NULL; i++) {
		if (MMDB_aget_value(entry, &value, fact->paths[i]) ==
		    MMDB_SUCCESS && value.has_data && fact->read(&value, place))
			return true;
	}
	return false;
}

/* What one record says; has: whether it says it. */
struct found {
	struct aa_place place;
	bool has[FACT_COUNT];
};

static void entry_read(MMDB_entry_s *entry, struct found *found_r)
{
	memset(found_r, 0, sizeof(*found_r));
	for (unsigned int i = 0; i < FACT_COUNT; i++) {
		found_r->has[i] = fact_find(&facts[i], entry,
					    &found_r->place);
	}
}

/* Facts that belong together come from one file: no name beside the number of
   another one. */
static void place_merge(struct aa_place *place, const struct found *found)
{
	const struct aa_place *from = &found->place;

	if (place->country[0] == '\0' && found->has[FACT_COUNTRY])
		memcpy(place->country, from->country, sizeof(place->country));
	if (place->asn == 0 && found->has[FACT_ASN]) {
		place->asn = from->asn;
		memcpy(place->as_org, from->as_org, sizeof(place->as_org));
	}
	if (!place->has_location && found->has[FACT_LAT] &&
	    found->has[FACT_LON]) {
		place->has_location = true;
		place->lat = from->lat;
		place->lon = from->lon;
		place->radius_km = from->radius_km;
	}
}

static MMDB_lookup_result_s
mmdb_lookup(const struct aa_mmdb *db, const struct aa_ip *ip, int *error_r)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	if (aa_ip_is_v4(ip)) {
		memcpy(&v4.sin_addr, ip->bytes + 12, sizeof(v4.sin_addr));
		return MMDB_lookup_sockaddr(&db->file,
			(const struct sockaddr *)&v4, error_r);
	}
	memcpy(&v6.sin6_addr, ip->bytes, sizeof(v6.sin6_addr));
	return MMDB_lookup_sockaddr(&db->file, (const struct sockaddr *)&v6,
				    error_r);
}

void aa_mmdb_fill(const struct aa_mmdb *db, const struct aa_ip *ip,
		  struct aa_place *place)
{
	MMDB_lookup_result_s result;
	struct found found;
	int error;

	result = mmdb_lookup(db, ip, &error);
	if (error != MMDB_SUCCESS || !result.found_entry)
		return;
	entry_read(&result.entry, &found);
	place_merge(place, &found);
}

static void sample_record(uint8_t type, MMDB_entry_s *entry)
{
	struct found found;

	if (type == MMDB_RECORD_TYPE_DATA)
		entry_read(entry, &found);
}

void aa_mmdb_sample(const struct aa_mmdb *db)
{
	uint32_t count = db->file.metadata.node_count;
	uint32_t step = count / AA_MMDB_SAMPLES + 1;
	MMDB_search_node_s node;

	for (uint64_t i = 0; i < count; i += step) {
		if (MMDB_read_node(&db->file, (uint32_t)i, &node) !=
		    MMDB_SUCCESS)
			continue;
		sample_record(node.left_record_type, &node.left_record_entry);
		sample_record(node.right_record_type, &node.right_record_entry);
	}
}
