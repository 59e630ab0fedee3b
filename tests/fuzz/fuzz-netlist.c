/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* A list of networks; and the addresses at its edges against the plain way. */

#include "fuzz.h"
#include "netlist.h"

#include <string.h>

#define EDGES_MAX 64

struct edge {
	struct aa_net net;
	enum aa_net_class net_class;
};

/* Networks of a list that is known to be valid. */
static unsigned int edges_read(char *text, struct edge *edges)
{
	unsigned int count = 0;
	char *line, *lines = NULL, *words;

	for (line = strtok_r(text, "\n", &lines); line != NULL && count < EDGES_MAX;
	     line = strtok_r(NULL, "\n", &lines)) {
		const char *name = strtok_r(line, " \t\r", &words);
		const char *class_name = name == NULL ? NULL :
			strtok_r(NULL, " \t\r", &words);

		if (class_name != NULL && name[0] != '#' &&
		    aa_net_parse(&edges[count].net, name, NULL) == 0 &&
		    aa_net_class_parse(class_name, &edges[count].net_class))
			count++;
	}
	return count;
}

static void check_address(const struct aa_netlist *list, const struct aa_ip *ip,
			  const struct edge *edges, unsigned int count)
{
	struct aa_netlist_match match = { AA_NET_UNKNOWN, 0 };
	const struct edge *best = NULL;

	for (unsigned int i = 0; i < count; i++) {
		if (aa_net_contains(&edges[i].net, ip) &&
		    (best == NULL || edges[i].net.bits > best->net.bits))
			best = &edges[i];
	}
	aa_netlist_match(list, ip, 0, &match);
	FUZZ_ASSERT((best == NULL) == (match.rank == 0));
	FUZZ_ASSERT(best == NULL || best->net_class == match.net_class);
}

/* The first address of a network, the last one, and the one before the first. */
static void check_edge(const struct aa_netlist *list, const struct edge *edges,
		       unsigned int idx, unsigned int count)
{
	struct aa_ip ip = edges[idx].net.ip;
	int byte = 15;

	check_address(list, &ip, edges, count);
	for (unsigned int bit = edges[idx].net.bits; bit < 128; bit++)
		ip.bytes[bit / 8] |= (unsigned char)(0x80 >> (bit % 8));
	check_address(list, &ip, edges, count);
	ip = edges[idx].net.ip;
	while (byte >= 0 && ip.bytes[byte]-- == 0)
		byte--;
	check_address(list, &ip, edges, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct aa_netlist *list = NULL;
	struct edge edges[EDGES_MAX];
	struct aa_err err;
	unsigned int count;

	if (aa_netlist_parse(text, size, &list, &err) < 0) {
		FUZZ_ASSERT(list == NULL && strncmp(err.text, "line ", 5) == 0);
		free(text);
		return 0;
	}
	if (memchr(text, '\0', size) == NULL &&
	    aa_netlist_count(list) < EDGES_MAX) {
		count = edges_read(text, edges);
		for (unsigned int i = 0; i < count; i++)
			check_edge(list, edges, i, count);
	}
	aa_netlist_free(&list);
	free(text);
	return 0;
}
