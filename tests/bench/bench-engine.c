/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* bench-engine [ACCOUNTS…]: what a session costs the engine, and what an account
   costs in memory, at sites of 10 k, 100 k and 1 M accounts.

   Each account lives for five days (a login, some mail, a logout; the home network
   and the client are among 500 and 40 of the site, every tenth session is mobile).
   Then sessions of a sixth day are timed (CPU), in random order, over all accounts
   and over 10 k of them: what differs between sites there is the engine, and what
   differs between the two is the memory behind it. Last, everything is stored as
   text, forgotten, and a twentieth of the accounts comes back: who is active.

   With many accounts the first part needs about 4 kB of memory for each. */

#include "play.h"
#include "site-lines.h"
#include "timeval.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIFE_DAYS 5
#define HOT_ACCOUNTS 10000
#define BATCH 1000
#define BATCHES 300
#define FIRST_DAY 20000
#define ACTIVE_PART 20

struct bench {
	struct aa_policy policy;
	struct aa_play play;
	struct site_lines site_lines;
	unsigned int accounts;
	uint64_t random;
	unsigned long verdicts;
};

static unsigned int random_below(struct bench *bench, unsigned int count)
{
	bench->random = bench->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)((bench->random >> 33) % count);
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* --- sessions --- */

struct session {
	char account[64];
	struct aa_source source;
	struct aa_ip ip;
	struct aa_place place;
	char client[AA_NAME_MAX];
};

static void session_make(struct bench *bench, unsigned int number,
			 struct session *session)
{
	bool mobile = random_below(bench, 10) == 0;
	unsigned int network = mobile ? 1000 + number % 7 : number % 500;
	char text[AA_IP_TEXT_MAX];

	memset(session, 0, sizeof(*session));
	(void)snprintf(text, sizeof(text), "%u.%u.%u.%u", 20 + network % 100,
		       network / 100, number % 251,
		       mobile ? random_below(bench, 250) : number / 251 % 251);
	(void)aa_ip_parse(&session->ip, text, NULL);
	memcpy(session->place.country, "SE", 3);
	session->place.asn = 64512 + network;
	(void)snprintf(session->place.network, sizeof(session->place.network),
		       "AS%u", session->place.asn);
	session->place.net_class = mobile ? AA_NET_MOBILE : AA_NET_RESIDENTIAL;
	(void)snprintf(session->client, sizeof(session->client), "client-%u",
		       number % 40);
	(void)snprintf(session->account, sizeof(session->account),
		       "user%u@example.org", number);
	session->source = (struct aa_source){
		.account = session->account, .ip = &session->ip,
		.place = &session->place, .client = session->client,
		.protocol = "imap",
	};
}

static void session_run(struct bench *bench, const struct session *session,
			int64_t at_ms)
{
	struct aa_read_fact fact = { .at_ms = at_ms, .fresh = 10, .stale = 1,
				     .headers = 5, .owned = 5000 };
	struct aa_play_account *account =
		aa_play_account_get(&bench->play, session->account);
	struct aa_verdict verdict;
	struct aa_visit visit;

	aa_engine_login(&bench->play.engine, &account->life, &visit, &session->source, at_ms);
	aa_engine_read(&bench->play.engine, &account->life, &visit, &session->source,
		       &fact, &verdict);
	bench->verdicts += verdict.action != AA_ACTION_NONE;
	aa_engine_logout(&bench->play.engine, &account->life, &visit, &session->source,
			 at_ms + AA_MINUTE_MS);
}

static int64_t day_ms(struct bench *bench, int day)
{
	return (FIRST_DAY + day) * AA_DAY_MS + 8 * AA_HOUR_MS +
		random_below(bench, 36000) * AA_SECOND_MS;
}

/* --- measures --- */

static int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Seconds for a batch of sessions of random ones of so many accounts. */
static double time_batch(struct bench *bench, unsigned int accounts, int64_t at_ms)
{
	static struct session sessions[BATCH];
	double begin;

	for (unsigned int i = 0; i < BATCH; i++)
		session_make(bench, random_below(bench, accounts), &sessions[i]);
	begin = cpu_seconds();
	for (unsigned int i = 0; i < BATCH; i++)
		session_run(bench, &sessions[i], at_ms);
	return cpu_seconds() - begin;
}

/* Nanoseconds a session: the median of batches. */
static double time_sessions(struct bench *bench, unsigned int accounts)
{
	int64_t at_ms = day_ms(bench, LIFE_DAYS);
	double seconds[BATCHES];

	for (unsigned int i = 0; i < BATCHES; i++) {
		seconds[i] = time_batch(bench, accounts, at_ms);
		site_lines_put(&bench->site_lines, bench->play.engine.site);
	}
	qsort(seconds, BATCHES, sizeof(*seconds), double_cmp);
	return seconds[BATCHES / 2] * 1e9 / BATCH;
}

struct text_sum {
	size_t bytes, max;
};

static void text_add(void *context, void *entry)
{
	struct text_sum *sum = context;
	size_t bytes = aa_play_life_size(entry);

	sum->bytes += bytes;
	if (bytes > sum->max)
		sum->max = bytes;
}

static void print_store(struct bench *bench, size_t before)
{
	unsigned int active = bench->accounts / ACTIVE_PART;
	struct text_sum sum = { .bytes = 0 };
	size_t kept, loaded;
	char account[64];

	aa_table_foreach(&bench->play.accounts, text_add, &sum);
	aa_play_keep(&bench->play);
	kept = heap_bytes();
	for (unsigned int i = 0; i < active; i++) {
		(void)snprintf(account, sizeof(account), "user%u@example.org",
			       i * ACTIVE_PART);
		(void)aa_play_account(&bench->play, account);
	}
	loaded = heap_bytes();
	printf("  as text %zu bytes an account (max %zu), %.0f MB in the store; "
	       "%u active ones: %.0f MB in memory\n", sum.bytes / bench->accounts,
	       sum.max, (double)(kept - before) / 1e6, active,
	       (double)(loaded - kept) / 1e6);
}

static void bench_site(unsigned int accounts, double *base)
{
	struct bench bench = { .accounts = accounts, .random = 1 };
	size_t before = heap_bytes(), site;
	struct session session;
	double all, hot;

	aa_policy_init(&bench.policy, AA_SENSITIVITY_NORMAL);
	bench.policy.mode = AA_MODE_ENFORCE;
	/* All is judged from the first day on. */
	bench.policy.site_learn_days = 1;
	aa_play_init(&bench.play);
	bench.play.engine.policy = &bench.policy;
	for (int day = 0; day < LIFE_DAYS; day++) {
		for (unsigned int i = 0; i < accounts; i++) {
			session_make(&bench, i, &session);
			session_run(&bench, &session, day_ms(&bench, day));
			if (i % BATCH == 0)
				site_lines_put(&bench.site_lines, bench.play.engine.site);
		}
	}
	site = heap_bytes() - before;
	hot = time_sessions(&bench, accounts < HOT_ACCOUNTS ? accounts : HOT_ACCOUNTS);
	all = time_sessions(&bench, accounts);
	if (*base == 0)
		*base = hot;
	printf("%8u accounts: %5.0f ns a session (login, read, logout) over 10 k of them "
	       "(%.2f), %5.0f ns over all (%.2f); %zu bytes an account in memory\n",
	       accounts, hot, hot / *base, all, all / *base, site / accounts);
	print_store(&bench, before);
	aa_play_deinit(&bench.play);
	site_lines_free(&bench.site_lines);
}

int main(int argc, char *argv[])
{
	static const unsigned int sizes[] = { 10000, 100000, 1000000 };
	double base = 0;

	(void)setenv("TZ", "UTC", 1);
	tzset();
	for (int i = 1; i < argc; i++)
		bench_site((unsigned int)strtoul(argv[i], NULL, 10), &base);
	for (size_t i = 0; argc < 2 && i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench_site(sizes[i], &base);
	return 0;
}
