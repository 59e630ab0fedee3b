/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-netlist: what a list of 100,000 networks costs to read, to keep and to ask;
   and what it costs to know whether most accounts come from an address. */

#include "crowd.h"
#include "netlist.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINES 100000
#define LOOKUPS 4000000
#define CROWD_LOOKUPS 200000
#define LINE_MAX_BYTES 64

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint32_t next_number(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(state >> 32);
}

/* Networks of all sizes, many within others; of one size the class is the same,
   so that none contradicts another. */
static size_t make_text(char *text)
{
	static const char *const classes[] = { "hosting", "vpn", "tor", "cloud" };
	size_t size = 0;

	for (unsigned int i = 0; i < LINES; i++) {
		uint32_t ip = next_number();
		unsigned int bits = 12 + next_number() % 21;

		size += (size_t)snprintf(text + size, LINE_MAX_BYTES,
			"%u.%u.%u.%u/%u %s a note\n", ip >> 24, ip >> 16 & 255,
			ip >> 8 & 255, ip & 255, bits, classes[bits % 4]);
	}
	return size;
}

static struct aa_ip next_ip(void)
{
	struct aa_ip ip = { .bytes = { [10] = 255, [11] = 255 }, .set = true };
	uint32_t number = next_number();

	memcpy(ip.bytes + 12, &number, 4);
	return ip;
}

static void bench_lookups(const struct aa_netlist *list)
{
	unsigned int hits = 0;
	double begin = now_s();

	for (unsigned int i = 0; i < LOOKUPS; i++) {
		struct aa_netlist_match match = { AA_NET_UNKNOWN, 0 };
		struct aa_ip ip = next_ip();

		aa_netlist_match(list, &ip, 64500, &match);
		hits += match.rank != 0;
	}
	printf("a look-up          %8.3f us (%u of %u hit)\n",
	       (now_s() - begin) / LOOKUPS * 1e6, hits, LOOKUPS);
}

static void bench_list(void)
{
	char *text = malloc((size_t)LINES * LINE_MAX_BYTES);
	size_t size = make_text(text), before = mallinfo2().uordblks +
		mallinfo2().hblkhd;
	struct aa_netlist *list = NULL;
	struct aa_err err;
	double begin = now_s();

	if (aa_netlist_parse(text, size, &list, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	printf("reading %u lines %8.1f ms\n", LINES, (now_s() - begin) * 1e3);
	printf("memory             %8.1f MB\n", (double)(mallinfo2().uordblks +
		mallinfo2().hblkhd - before) / 1e6);
	bench_lookups(list);
	aa_netlist_free(&list);
	free(text);
}

static void bench_crowd(void)
{
	static struct aa_crowd crowd;
	unsigned int hits = 0;
	char account[32];
	double begin;

	for (unsigned int i = 0; i < 100000; i++) {
		struct aa_ip ip = next_ip();

		(void)snprintf(account, sizeof(account), "user%u", i % 5000);
		(void)aa_crowd_note(&crowd, account, &ip, 100 + (int)(i / 50000));
	}
	begin = now_s();
	for (unsigned int i = 0; i < CROWD_LOOKUPS; i++) {
		struct aa_ip ip = next_ip();

		hits += aa_crowd_is(&crowd, &ip, 101, NULL);
	}
	printf("is it a crowd?     %8.3f us (%u)\n",
	       (now_s() - begin) / CROWD_LOOKUPS * 1e6, hits);
	begin = now_s();
	for (unsigned int i = 0; i < CROWD_LOOKUPS; i++) {
		struct aa_ip ip = next_ip();

		(void)snprintf(account, sizeof(account), "user%u", i % 5000);
		(void)aa_crowd_note(&crowd, account, &ip, 101);
	}
	printf("a login noted      %8.3f us\n",
	       (now_s() - begin) / CROWD_LOOKUPS * 1e6);
}

int main(void)
{
	bench_list();
	bench_crowd();
	return 0;
}
