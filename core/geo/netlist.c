/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "netlist.h"
#include "escape.h"
#include "mem.h"
#include "num.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 63
#define NO_PARENT UINT32_MAX

/* Small, there may be many. Those of one place in the tree of networks follow
   each other: sorted by address, the larger network first. */
struct net_entry {
	unsigned char bytes[16];
	uint32_t parent;	/* the smallest network that holds this one */
	uint32_t line;
	uint8_t bits, net_class;
};
struct as_entry {
	uint32_t asn, line;
	uint8_t net_class;
};

struct aa_netlist {
	struct net_entry *nets;
	struct as_entry *systems;
	unsigned int net_count, as_count, net_room, as_room;
};

/* --- lines --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of what is left of a line, without the blanks around it.
   Returns false if it is too long to be one of ours. */
static bool next_word(const char **pos, const char *end, char word_r[NAME_MAX_LEN + 1])
{
	const char *begin = *pos;
	size_t len;

	while (begin < end && is_blank(*begin))
		begin++;
	for (*pos = begin; *pos < end && !is_blank(**pos); (*pos)++) ;
	len = (size_t)(*pos - begin);
	if (len > NAME_MAX_LEN || memchr(begin, '\0', len) != NULL)
		return false;
	memcpy(word_r, begin, len);
	word_r[len] = '\0';
	return true;
}

static int line_error(struct aa_err *err, unsigned int line, const char *what,
		      const char *word)
{
	char shown[AA_SHOWN_MAX];

	return aa_err_set(err, AA_ERR_INVALID, "line %u: %s '%s'", line, what,
			  aa_shown(word, shown));
}

static int class_error(struct aa_err *err, unsigned int line, const char *word)
{
	char names[128], shown[AA_SHOWN_MAX];
	struct aa_buf buf;

	aa_buf_init(&buf, names, sizeof(names));
	for (unsigned int i = 0; i < AA_NET_CLASS_COUNT; i++) {
		aa_buf_put(&buf, i == 0 ? "" : " ");
		aa_buf_put(&buf, aa_net_class_name((enum aa_net_class)i));
	}
	return aa_err_set(err, AA_ERR_INVALID, "line %u: no class of networks: '%s'; "
			  "there are: %s", line, aa_shown(word, shown), names);
}

static void *grown(void *array, unsigned int *room, unsigned int count,
		   size_t size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 64 : *room * 2;
	return aa_realloc(array, *room * size);
}

static void add_net(struct aa_netlist *list, const struct aa_net *net,
		    enum aa_net_class net_class, unsigned int line)
{
	struct net_entry *entry;

	list->nets = grown(list->nets, &list->net_room, list->net_count,
			   sizeof(*list->nets));
	entry = &list->nets[list->net_count++];
	memcpy(entry->bytes, net->ip.bytes, sizeof(entry->bytes));
	entry->parent = NO_PARENT;
	entry->line = line;
	entry->bits = (uint8_t)net->bits;
	entry->net_class = (uint8_t)net_class;
}

static void add_as(struct aa_netlist *list, uint32_t asn,
		   enum aa_net_class net_class, unsigned int line)
{
	list->systems = grown(list->systems, &list->as_room, list->as_count,
			      sizeof(*list->systems));
	list->systems[list->as_count++] =
		(struct as_entry){ asn, line, (uint8_t)net_class };
}

static bool parse_as(const char *name, uint64_t *asn_r)
{
	const char *end;

	if (strncmp(name, "AS", 2) != 0)
		return false;
	end = aa_num_read(name + 2, UINT32_MAX, asn_r);
	return end != NULL && *end == '\0' && *asn_r != 0;
}

static int parse_line(struct aa_netlist *list, const char *pos, const char *end,
		      unsigned int line, struct aa_err *err)
{
	char name[NAME_MAX_LEN + 1], word[NAME_MAX_LEN + 1] = "";
	enum aa_net_class net_class;
	struct aa_net net;
	uint64_t asn;
	bool is_as;

	if (!next_word(&pos, end, name)) {
		return aa_err_set(err, AA_ERR_INVALID, "line %u: this is no network: "
				  "too long, or not text", line);
	}
	if (name[0] == '\0' || name[0] == '#')
		return 0;
	is_as = parse_as(name, &asn);
	if (!is_as && aa_net_parse(&net, name, NULL) < 0) {
		return line_error(err, line, "neither a network (192.0.2.0/24, "
				  "2001:db8::/32) nor AS64500:", name);
	}
	if (!next_word(&pos, end, word) ||
	    !aa_net_class_parse(word, &net_class))
		return class_error(err, line, word);
	if (is_as)
		add_as(list, (uint32_t)asn, net_class, line);
	else
		add_net(list, &net, net_class, line);
	return 0;
}

static int parse_lines(struct aa_netlist *list, const char *text, size_t size,
		       struct aa_err *err)
{
	const char *end = text + size;

	for (unsigned int line = 1; text < end; line++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));

		if (next == NULL)
			next = end;
		if (parse_line(list, text, next, line, err) < 0)
			return -1;
		if (aa_netlist_count(list) > AA_NETLIST_MAX_LINES) {
			return aa_err_set(err, AA_ERR_LIMIT,
				"line %u: more than %d networks: split the file, "
				"or name larger networks", line,
				AA_NETLIST_MAX_LINES);
		}
		text = next + 1;
	}
	return 0;
}

/* --- order --- */

static int cmp_place(const struct net_entry *a, const struct net_entry *b)
{
	int ret = memcmp(a->bytes, b->bytes, sizeof(a->bytes));

	return ret != 0 ? ret : (int)a->bits - (int)b->bits;
}

static int cmp_line(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int cmp_net(const void *p1, const void *p2)
{
	const struct net_entry *a = p1, *b = p2;
	int ret = cmp_place(a, b);

	return ret != 0 ? ret : cmp_line(a->line, b->line);
}

static int cmp_as(const void *p1, const void *p2)
{
	const struct as_entry *a = p1, *b = p2;

	return a->asn != b->asn ? (a->asn < b->asn ? -1 : 1) :
		cmp_line(a->line, b->line);
}

static bool holds(const struct net_entry *entry, const unsigned char bytes[16])
{
	unsigned int whole = entry->bits / 8, rest = entry->bits % 8;

	if (memcmp(entry->bytes, bytes, whole) != 0)
		return false;
	return rest == 0 ||
		((entry->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
}

static void link_parents(struct aa_netlist *list)
{
	for (unsigned int i = 1; i < list->net_count; i++) {
		uint32_t above = i - 1;

		while (above != NO_PARENT &&
		       !holds(&list->nets[above], list->nets[i].bytes))
			above = list->nets[above].parent;
		list->nets[i].parent = above;
	}
}

static int twice_error(struct aa_err *err, uint32_t line, uint32_t before,
		       uint8_t is, uint8_t was)
{
	return aa_err_set(err, AA_ERR_INVALID, "line %u: the same network is %s "
		"here and %s in line %u", line,
		aa_net_class_name((enum aa_net_class)is),
		aa_net_class_name((enum aa_net_class)was), before);
}

static int check_twice(const struct aa_netlist *list, struct aa_err *err)
{
	for (unsigned int i = 1; i < list->net_count; i++) {
		const struct net_entry *a = &list->nets[i - 1], *b = a + 1;

		if (cmp_place(a, b) == 0 && a->net_class != b->net_class)
			return twice_error(err, b->line, a->line, b->net_class,
					   a->net_class);
	}
	for (unsigned int i = 1; i < list->as_count; i++) {
		const struct as_entry *a = &list->systems[i - 1], *b = a + 1;

		if (a->asn == b->asn && a->net_class != b->net_class)
			return twice_error(err, b->line, a->line, b->net_class,
					   a->net_class);
	}
	return 0;
}

static int put_in_order(struct aa_netlist *list, struct aa_err *err)
{
	if (list->net_count > 0)
		qsort(list->nets, list->net_count, sizeof(*list->nets), cmp_net);
	if (list->as_count > 0)
		qsort(list->systems, list->as_count, sizeof(*list->systems), cmp_as);
	if (check_twice(list, err) < 0)
		return -1;
	link_parents(list);
	return 0;
}

int aa_netlist_parse(const char *text, size_t size, struct aa_netlist **list_r,
		     struct aa_err *err)
{
	struct aa_netlist *list = aa_realloc(NULL, sizeof(*list));

	memset(list, 0, sizeof(*list));
	if (parse_lines(list, text, size, err) < 0 ||
	    put_in_order(list, err) < 0) {
		aa_netlist_free(&list);
		return -1;
	}
	*list_r = list;
	return 0;
}

void aa_netlist_free(struct aa_netlist **list)
{
	if (*list == NULL)
		return;
	free((*list)->nets);
	free((*list)->systems);
	free(*list);
	*list = NULL;
}

unsigned int aa_netlist_count(const struct aa_netlist *list)
{
	return list->net_count + list->as_count;
}

/* --- look-up --- */

/* The last entry whose address is not beyond: it, or one that it lies in, is
   the smallest that holds the address. */
static uint32_t last_before(const struct aa_netlist *list,
			    const unsigned char bytes[16])
{
	unsigned int low = 0, high = list->net_count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (memcmp(list->nets[mid].bytes, bytes, 16) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? NO_PARENT : low - 1;
}

static const struct net_entry *
find_net(const struct aa_netlist *list, const struct aa_ip *ip)
{
	uint32_t idx = last_before(list, ip->bytes);

	while (idx != NO_PARENT && !holds(&list->nets[idx], ip->bytes))
		idx = list->nets[idx].parent;
	/* IPv4 lies within ::/0 here, and does not count as being in it. */
	if (idx != NO_PARENT && aa_ip_is_v4(ip) && list->nets[idx].bits < 96)
		return NULL;
	return idx == NO_PARENT ? NULL : &list->nets[idx];
}

static const struct as_entry *
find_as(const struct aa_netlist *list, uint32_t asn)
{
	unsigned int low = 0, high = list->as_count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (list->systems[mid].asn == asn)
			return &list->systems[mid];
		if (list->systems[mid].asn < asn)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void match_better(struct aa_netlist_match *match, unsigned int rank,
			 uint8_t net_class)
{
	if (rank <= match->rank)
		return;
	match->rank = rank;
	match->net_class = (enum aa_net_class)net_class;
}

void aa_netlist_match(const struct aa_netlist *list, const struct aa_ip *ip,
		      uint32_t asn, struct aa_netlist_match *match)
{
	const struct net_entry *net = ip->set ? find_net(list, ip) : NULL;
	const struct as_entry *as;

	if (net != NULL) {
		match_better(match, 2 + net->bits, net->net_class);
	} else if (asn != 0 && match->rank == 0) {
		as = find_as(list, asn);
		if (as != NULL)
			match_better(match, 1, as->net_class);
	}
}
