#include "engine-private.h"

#include <math.h>
#include <string.h>

double aa_weigh_new_country(const struct aa_moment *m, struct aa_buf *why)
{
	const char *country = m->source->place->country;

	if (m->source->place->net_class == AA_NET_CLOUD)
		return 0;
	if (country[0] == '\0' || m->life->known[AA_KNOWN_COUNTRY].count == 0)
		return 0;
	return aa_novelty(m, AA_KNOWN_COUNTRY, country, why);
}

double aa_weigh_new_network(const struct aa_moment *m, struct aa_buf *why)
{
	return aa_novelty(m, AA_KNOWN_NETWORK, m->source->place->network, why);
}

double aa_weigh_new_prefix(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_known *known = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], m->source->place->network);
	double evidence;

	if (known == NULL || known->days == 0 ||
	    aa_life_knows_prefix(m->life, m->source->ip))
		return 0;
	evidence = aa_clamp(m->policy->tune[10] * log((known->days + 2.0) / (known->prefix_days + 1.0)), 0, 2);
	if (why != NULL)
		aa_buf_printf(why, "address prefix never seen for this account in %s, which brought a new one on %u of %u days",
			      m->source->place->network, known->prefix_days, known->days);
	return evidence;
}

double aa_weigh_network_class(const struct aa_moment *m, struct aa_buf *why)
{
	enum aa_net_class class = m->source->place->net_class;
	const struct aa_known *known = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], m->source->place->network);

	if (known != NULL && known->days >= m->policy->place_days)
		return 0;
	if (class != AA_NET_HOSTING && class != AA_NET_VPN && class != AA_NET_CLOUD)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "the network is of class %s", aa_net_class_name(class));
	return 1.2;
}

static bool network_is_familiar(const struct aa_moment *m)
{
	const struct aa_known *known = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], m->source->place->network);

	return known != NULL && known->days >= m->policy->place_days;
}

static bool is_shared_egress(enum aa_net_class class)
{
	return class == AA_NET_VPN || class == AA_NET_CLOUD || class == AA_NET_HOSTING;
}

#define EARTH_RADIUS_KM 6371.0
#define RADIANS (M_PI / 180)

/* Great circle, by the haversine formula. */
static double distance_km(double lat1, double lon1, double lat2, double lon2)
{
	double dlat = sin((lat2 - lat1) * RADIANS / 2);
	double dlon = sin((lon2 - lon1) * RADIANS / 2);
	double h = dlat * dlat + cos(lat1 * RADIANS) * cos(lat2 * RADIANS) * dlon * dlon;

	return 2 * EARTH_RADIUS_KM * asin(sqrt(h < 1 ? h : 1));
}

/* Faster than an airliner. */
#define TRAVEL_KMH 900
#define TRAVEL_MIN_KM 500

double aa_weigh_impossible_travel(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_place *place = m->source->place;

	if (!place->has_location || place->country[0] == '\0' || network_is_familiar(m) ||
	    is_shared_egress(place->net_class))
		return 0;
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *spot = &m->life->spots[i];
		double hours = (double)(m->at_ms - spot->at_ms) / AA_HOUR_MS, km;

		if (spot->at_ms == 0 || !spot->has_location || hours < 0 || hours > 24 ||
		    strcmp(spot->country, place->country) == 0 || spot->shared)
			continue;
		km = distance_km(spot->lat, spot->lon, place->lat, place->lon) -
			spot->radius_km - place->radius_km;
		if (km < TRAVEL_MIN_KM || km < TRAVEL_KMH * hours)
			continue;
		if (why != NULL)
			aa_buf_printf(why, "%.0f km from %s (%s) in %.1f hours", km, spot->country, spot->network, hours);
		return m->policy->tune[15];
	}
	return 0;
}

/* The owner acts elsewhere within these minutes. */
#define TWO_PLACES_MS (45 * AA_MINUTE_MS)

double aa_weigh_two_places(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_place *place = m->source->place;
	const struct aa_known *known = aa_known_find(
		&m->life->known[AA_KNOWN_NETWORK], place->network);

	if (place->country[0] == '\0' ||
	    (known != NULL && known->days >= m->policy->place_days))
		return 0;
	for (unsigned int i = 0; i < AA_LIFE_SPOTS; i++) {
		const struct aa_life_spot *spot = &m->life->spots[i];

		if (spot->at_ms == 0 || spot->country[0] == '\0' ||
		    m->at_ms - spot->at_ms > TWO_PLACES_MS ||
		    strcmp(spot->country, place->country) == 0)
			continue;
		if (why != NULL)
			aa_buf_printf(why, "used in %s by %s %d minutes ago", spot->country, spot->network,
				      (int)((m->at_ms - spot->at_ms) / AA_MINUTE_MS));
		return 1.5;
	}
	return 0;
}

double aa_weigh_unusual_hour(const struct aa_moment *m, struct aa_buf *why)
{
	unsigned int sum = 0, near = 0, hour = aa_life_hour(m->at_ms), base = hour / 24 * 24;

	for (unsigned int i = 0; i < AA_LIFE_HOURS; i++)
		sum += m->life->hours[i];
	for (unsigned int i = 0; i < 3; i++)
		near += m->life->hours[base + (hour - base + 23 + i) % 24];
	if (sum < 60)
		return 0;
	if (near * 200 > sum)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%u of %u sessions began around this hour", near, sum);
	return 0.5;
}

double aa_weigh_dormant_account(const struct aa_moment *m, struct aa_buf *why)
{
	int64_t away = (m->at_ms - m->life->last_ms) / AA_DAY_MS;

	if (m->life->last_ms == 0 || away < 45)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "the account was not used for %d days", (int)away);
	return 1.0;
}

double aa_weigh_new_client(const struct aa_moment *m, struct aa_buf *why)
{
	const struct aa_known *known = aa_known_find(&m->life->known[AA_KNOWN_CLIENT], m->client);
	unsigned int accounts = aa_site_accounts(m->engine->site), knowing;

	if (known != NULL && known->days >= m->policy->place_days) {
		knowing = aa_site_knowing(m->engine->site, AA_KNOWN_CLIENT, m->client);
		if (why != NULL)
			aa_buf_printf(why, "client %s seen on %u days, known to %u of %u accounts", m->client, known->days, knowing, accounts);
		return aa_clamp(m->policy->tune[0] * log((knowing + 1.0) / (accounts + 20.0)), m->policy->tune[1], 0);
	}
	return aa_novelty(m, AA_KNOWN_CLIENT, m->client, why);
}

double aa_weigh_new_protocol(const struct aa_moment *m, struct aa_buf *why)
{
	return 0.5 * aa_novelty(m, AA_KNOWN_PROTOCOL, m->source->protocol, why);
}

double aa_weigh_sprayed_source(const struct aa_moment *m, struct aa_buf *why)
{
	char ip[AA_IP_TEXT_MAX];
	unsigned int accounts;

	aa_ip_format(m->source->ip, ip);
	accounts = aa_site_trail_accounts(m->engine->site, AA_TRAIL_FAILED, ip,
		m->source->account, m->at_ms - 3 * AA_DAY_MS);
	if (accounts < 3)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "logins failed from this address for %u%s other accounts in 3 days",
			      accounts, accounts >= AA_TRAIL_ACCOUNTS - 1 ? " or more" : "");
	return aa_clamp(log((double)accounts) + 1, 0, 3);
}

double aa_weigh_many_mailboxes(const struct aa_moment *m, struct aa_buf *why)
{
	char prefix[AA_NET_TEXT_MAX];
	unsigned int accounts;

	if (is_shared_egress(m->source->place->net_class) &&
	    m->source->place->net_class != AA_NET_HOSTING)
		return 0;
	aa_ip_prefix(m->source->ip, prefix);
	accounts = aa_site_trail_accounts(m->engine->site, AA_TRAIL_ODD, prefix,
		m->source->account, m->at_ms - AA_DAY_MS);
	if (accounts < 3)
		return 0;
	if (why != NULL)
		aa_buf_printf(why, "%s was unfamiliar to %u other accounts in a day", prefix, accounts);
	return aa_clamp(0.5 + 0.5 * log((double)accounts), 0, 2);
}
