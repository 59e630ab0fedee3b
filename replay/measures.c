/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "measures.h"
#include "mem.h"

#include <stdlib.h>
#include <sys/resource.h>

/* One number for each account. */
struct sizes {
	size_t *sizes, count;
	size_t (*size)(const struct aa_play_account *account);
};

static double cpu_seconds(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static size_t size_of_all(const struct aa_play_account *account)
{
	size_t len;

	free(aa_play_account_text(account, &len));
	return len;
}

/* A list of names has room for the next power of two. */
static size_t size_in_memory(const struct aa_play_account *account)
{
	size_t size = sizeof(*account);

	for (unsigned int what = 0; what < AA_KNOWN_WHAT_COUNT; what++) {
		size_t room = 1, count = account->life.known[what].count;

		while (room < count)
			room *= 2;
		size += count == 0 ? 0 : room * sizeof(struct aa_known);
	}
	return size;
}

static void size_add(void *context, void *entry)
{
	struct sizes *sizes = context;

	sizes->sizes[sizes->count++] = sizes->size(entry);
}

static int size_cmp(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static void sizes_print(FILE *file, const char *what, struct replay *replay,
			size_t (*size)(const struct aa_play_account *account))
{
	const struct aa_table *accounts = &replay->play.accounts;
	struct sizes sizes = { .size = size };

	if (accounts->count == 0)
		return;
	sizes.sizes = aa_realloc(NULL, accounts->count * sizeof(*sizes.sizes));
	aa_table_foreach(&replay->play.accounts, size_add, &sizes);
	qsort(sizes.sizes, sizes.count, sizeof(*sizes.sizes), size_cmp);
	fprintf(file, "%-36s %8zu median %8zu p99 %8zu max\n", what,
		sizes.sizes[sizes.count / 2], sizes.sizes[sizes.count * 99 / 100],
		sizes.sizes[sizes.count - 1]);
	free(sizes.sizes);
}

void measures_print(FILE *file, struct replay *replay)
{
	double seconds = cpu_seconds();

	aa_play_load_all(&replay->play);
	fprintf(file, "events                               %8llu\n",
		(unsigned long long)replay->events);
	fprintf(file, "events of sessions that never began  %8llu\n",
		(unsigned long long)replay->strays);
	fprintf(file, "restarts                             %8llu\n",
		(unsigned long long)replay->restarts);
	fprintf(file, "accounts                             %8zu\n",
		replay->play.accounts.count);
	fprintf(file, "flags                                %8llu\n",
		(unsigned long long)replay->verdicts->flags);
	fprintf(file, "blocks                               %8llu\n",
		(unsigned long long)replay->verdicts->blocks);
	fprintf(file, "CPU seconds                          %8.3f\n", seconds);
	fprintf(file, "events a second                      %8.0f\n",
		seconds > 0 ? (double)replay->events / seconds : 0);
	sizes_print(file, "bytes of engine state as text", replay, aa_play_life_size);
	sizes_print(file, "bytes in memory, without UIDs", replay, size_in_memory);
	sizes_print(file, "bytes as text with UIDs, sessions", replay, size_of_all);
}
