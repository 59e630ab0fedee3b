/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "crowd.h"
#include "num.h"
#include "table.h"

#include <string.h>

#define DAYS_MIN 2
#define DAYS_MAX 9999
#define DAY_MAX 99999

/* FNV-1a of names that differ in their last letter is not random enough for a
   sample: the last step of MurmurHash3. */
static uint32_t account_hash(const char *account)
{
	uint32_t hash = aa_table_hash(account);

	hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
	hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
	return hash ^ (hash >> 16);
}

/* Of addresses that are set, or to be compared with one that is not "::", which
   nobody comes from. */
static inline bool same_bytes(const struct aa_ip *a, const struct aa_ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static unsigned int ip_hash(const struct aa_ip *ip)
{
	uint64_t words[2], mixed;

	memcpy(words, ip->bytes, sizeof(words));
	mixed = (words[0] * 0x9e3779b97f4a7c15U) ^ words[1];
	mixed = (mixed ^ (mixed >> 32)) * 0xbf58476d1ce4e5b9U;
	return (unsigned int)(mixed >> 32) % AA_CROWD_FILTER;
}

static bool is_active(const struct aa_crowd_member *member, int day)
{
	return member->last_day != 0 && day - member->last_day <= AA_CROWD_DAYS;
}

static const struct aa_ip *address_at(const struct aa_crowd *crowd,
				      unsigned int pos)
{
	return &crowd->members[pos / AA_CROWD_ADDRESSES].
		addresses[pos % AA_CROWD_ADDRESSES].ip;
}

static uint16_t *filter_at(struct aa_crowd *crowd, const struct aa_ip *ip)
{
	return &crowd->filter[ip_hash(ip)];
}

static void address_drop(struct aa_crowd *crowd, struct aa_crowd_address *address)
{
	if (address->ip.set)
		(*filter_at(crowd, &address->ip))--;
	memset(address, 0, sizeof(*address));
}

static void member_drop(struct aa_crowd *crowd, struct aa_crowd_member *member)
{
	for (unsigned int i = 0; i < AA_CROWD_ADDRESSES; i++)
		address_drop(crowd, &member->addresses[i]);
	memset(member, 0, sizeof(*member));
}

/* --- the sample --- */

static void look_around(struct aa_crowd *crowd)
{
	crowd->largest = 0;
	crowd->oldest_day = DAY_MAX;
	for (unsigned int i = 0; i < AA_CROWD_SAMPLE; i++) {
		const struct aa_crowd_member *member = &crowd->members[i];

		if (member->hash > crowd->largest)
			crowd->largest = member->hash;
		if (member->last_day < crowd->oldest_day)
			crowd->oldest_day = member->last_day;
	}
}

/* All slots are taken by smaller hashes: what most accounts learn at once. */
static bool is_hopeless(const struct aa_crowd *crowd, uint32_t hash, int day)
{
	return crowd->oldest_day > 0 && hash > crowd->largest &&
		day - crowd->oldest_day <= AA_CROWD_DAYS;
}

/* The account's own slot; else one that is free; else that of the largest
   hash, if this one is smaller. */
static struct aa_crowd_member *
member_for(struct aa_crowd *crowd, uint32_t hash, int day)
{
	struct aa_crowd_member *spare = NULL, *largest = &crowd->members[0];

	for (unsigned int i = 0; i < AA_CROWD_SAMPLE; i++) {
		struct aa_crowd_member *member = &crowd->members[i];

		if (member->last_day != 0 && member->hash == hash)
			return member;
		if (!is_active(member, day) && spare == NULL)
			spare = member;
		if (member->hash > largest->hash)
			largest = member;
	}
	if (spare == NULL && hash < largest->hash)
		spare = largest;
	if (spare != NULL) {
		member_drop(crowd, spare);
		spare->hash = hash;
	}
	return spare;
}

static bool is_usual(const struct aa_crowd_member *member,
		     const struct aa_crowd_address *address)
{
	return member->last_day - address->last_day <= AA_CROWD_WEEK;
}

/* How many have it, or one of the same hash. */
static unsigned int holders(const struct aa_crowd *crowd, const struct aa_ip *ip)
{
	return crowd->filter[ip_hash(ip)];
}

/* What nobody else has is no crowd, but a phone with a new address every hour;
   it must not displace the webmail. */
static bool is_lesser(const struct aa_crowd *crowd,
		      const struct aa_crowd_member *member,
		      const struct aa_crowd_address *a,
		      const struct aa_crowd_address *b)
{
	unsigned int a_holders, b_holders;

	if (a->ip.set != b->ip.set)
		return !a->ip.set;
	if (is_usual(member, a) != is_usual(member, b))
		return !is_usual(member, a);
	a_holders = holders(crowd, &a->ip);
	b_holders = holders(crowd, &b->ip);
	if (a_holders != b_holders)
		return a_holders < b_holders;
	return a->days != b->days ? a->days < b->days :
		a->last_day < b->last_day;
}

static struct aa_crowd_address *
address_find(struct aa_crowd_member *member, const struct aa_ip *ip)
{
	for (unsigned int i = 0; i < AA_CROWD_ADDRESSES; i++) {
		if (member->addresses[i].ip.set &&
		    same_bytes(&member->addresses[i].ip, ip))
			return &member->addresses[i];
	}
	return NULL;
}

static struct aa_crowd_address *
address_get(struct aa_crowd *crowd, struct aa_crowd_member *member,
	    const struct aa_ip *ip)
{
	struct aa_crowd_address *least = address_find(member, ip);

	if (least != NULL)
		return least;
	least = &member->addresses[0];
	for (unsigned int i = 1; i < AA_CROWD_ADDRESSES; i++) {
		if (is_lesser(crowd, member, &member->addresses[i], least))
			least = &member->addresses[i];
	}
	address_drop(crowd, least);
	least->ip = *ip;
	(*filter_at(crowd, ip))++;
	return least;
}

/* Returns whether that day was new. */
static bool count_day(int *last_day, unsigned int *days, int day)
{
	if (day <= *last_day)
		return false;
	*last_day = day;
	if (*days < DAYS_MAX)
		(*days)++;
	return true;
}

int aa_crowd_note(struct aa_crowd *crowd, const char *account,
		  const struct aa_ip *ip, int day)
{
	uint32_t hash = account_hash(account);
	struct aa_crowd_member *member;
	struct aa_crowd_address *address;
	bool changed;

	if (!ip->set || day <= 0 || day > DAY_MAX || is_hopeless(crowd, hash, day))
		return -1;
	member = member_for(crowd, hash, day);
	if (member == NULL) {
		look_around(crowd);
		return -1;
	}
	if (member->last_day != day)
		crowd->oldest_day = 0;
	changed = count_day(&member->last_day, &member->days, day);
	address = address_get(crowd, member, ip);
	if (count_day(&address->last_day, &address->days, day))
		changed = true;
	return changed ? (int)(member - crowd->members) : -1;
}

/* --- what it says --- */

static bool speaks_for(const struct aa_crowd_member *member,
		       const struct aa_ip *ip)
{
	for (unsigned int i = 0; i < AA_CROWD_ADDRESSES; i++) {
		const struct aa_crowd_address *address = &member->addresses[i];

		if (same_bytes(&address->ip, ip) && address->days >= DAYS_MIN &&
		    is_usual(member, address))
			return true;
	}
	return false;
}

bool aa_crowd_is(const struct aa_crowd *crowd, const struct aa_ip *ip, int day,
		 struct aa_crowd_share *share_r)
{
	struct aa_crowd_share share = { 0, 0 };

	/* More than half of AA_CROWD_MIN have it. */
	if (!ip->set || crowd->filter[ip_hash(ip)] <= AA_CROWD_MIN / 2)
		return false;
	for (unsigned int i = 0; i < AA_CROWD_SAMPLE; i++) {
		const struct aa_crowd_member *member = &crowd->members[i];

		if (!is_active(member, day) || member->days < DAYS_MIN)
			continue;
		share.of++;
		if (speaks_for(member, ip))
			share.came++;
	}
	if (share.of < AA_CROWD_MIN || share.came * 2 <= share.of)
		return false;
	if (share_r != NULL)
		*share_r = share;
	return true;
}

static bool is_first(const struct aa_crowd *crowd, unsigned int pos)
{
	for (unsigned int i = 0; i < pos; i++) {
		if (same_bytes(address_at(crowd, i), address_at(crowd, pos)))
			return false;
	}
	return true;
}

bool aa_crowd_get(const struct aa_crowd *crowd, unsigned int idx, int day,
		  struct aa_ip *ip_r, struct aa_crowd_share *share_r)
{
	unsigned int found = 0;

	for (unsigned int pos = 0;
	     pos < AA_CROWD_SAMPLE * AA_CROWD_ADDRESSES; pos++) {
		const struct aa_ip *ip = address_at(crowd, pos);

		if (!ip->set || !is_first(crowd, pos) ||
		    !aa_crowd_is(crowd, ip, day, share_r) || found++ < idx)
			continue;
		*ip_r = *ip;
		return true;
	}
	return false;
}

/* --- as text: "HASH LASTDAY DAYS", then " IP LASTDAY DAYS" for each --- */

void aa_crowd_format(const struct aa_crowd *crowd, unsigned int slot,
		     struct aa_buf *buf)
{
	const struct aa_crowd_member *member = &crowd->members[slot];
	char ip[AA_IP_TEXT_MAX];

	if (member->last_day == 0)
		return;
	aa_buf_printf(buf, "%u %d %u", member->hash, member->last_day,
		      member->days);
	for (unsigned int i = 0; i < AA_CROWD_ADDRESSES; i++) {
		const struct aa_crowd_address *address = &member->addresses[i];

		if (!address->ip.set)
			continue;
		aa_ip_format(&address->ip, ip);
		aa_buf_printf(buf, " %s %d %u", ip, address->last_day,
			      address->days);
	}
}

/* " LASTDAY DAYS" */
static const char *read_days(const char *text, int *last_day_r,
			     unsigned int *days_r)
{
	uint64_t last_day, days;

	if (*text != ' ' ||
	    (text = aa_num_read(text + 1, DAY_MAX, &last_day)) == NULL ||
	    *text != ' ' ||
	    (text = aa_num_read(text + 1, DAYS_MAX, &days)) == NULL ||
	    last_day == 0 || days == 0)
		return NULL;
	*last_day_r = (int)last_day;
	*days_r = (unsigned int)days;
	return text;
}

/* " IP" */
static const char *read_ip(const char *text, struct aa_ip *ip_r)
{
	char ip[AA_IP_TEXT_MAX];
	size_t len;

	if (*text++ != ' ')
		return NULL;
	len = strcspn(text, " ");
	if (len >= sizeof(ip))
		return NULL;
	memcpy(ip, text, len);
	ip[len] = '\0';
	return aa_ip_parse(ip_r, ip, NULL) < 0 ? NULL : text + len;
}

bool aa_crowd_restore(struct aa_crowd *crowd, unsigned int slot,
		      const char *text)
{
	struct aa_crowd_member member;
	uint64_t hash = 0;

	memset(&member, 0, sizeof(member));
	text = aa_num_read(text, UINT32_MAX, &hash);
	if (text != NULL)
		text = read_days(text, &member.last_day, &member.days);
	member.hash = (uint32_t)hash;
	for (unsigned int i = 0; text != NULL && *text != '\0'; i++) {
		struct aa_crowd_address *address = &member.addresses[i];

		if (i == AA_CROWD_ADDRESSES)
			return false;
		text = read_ip(text, &address->ip);
		if (text != NULL)
			text = read_days(text, &address->last_day, &address->days);
	}
	if (text == NULL)
		return false;
	member_drop(crowd, &crowd->members[slot]);
	crowd->oldest_day = 0;
	crowd->members[slot] = member;
	for (unsigned int i = 0; i < AA_CROWD_ADDRESSES; i++) {
		if (member.addresses[i].ip.set)
			(*filter_at(crowd, &member.addresses[i].ip))++;
	}
	return true;
}
