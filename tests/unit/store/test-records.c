/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* What is put comes back, member by member: through the reader where it has a
   door, through SQL where only admins look. */

#include "fixture.h"
#include "../suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct store store;

static void setup(void)
{
	/* The views show local time. */
	setenv("TZ", "UTC", 1);
	tzset();
	store_init(&store);
	store_start(&store);
}

static void teardown(void)
{
	store_deinit(&store);
}

/* What the callbacks of a load have seen. */
struct loaded {
	unsigned int known, daily, blocks, sessions, incidents, reads;
	struct aa_rec_known last_known;
	struct aa_rec_daily last_daily;
	struct aa_rec_block last_block;
	struct aa_rec_session last_session;
	struct aa_rec_incident last_incident;
	struct aa_rec_read last_read;
	char uids[64], visit[64];
};

#define DEFINE_SEE(what, counter) \
	static void see_##what(void *context, const struct aa_rec_##what *rec) \
	{ \
		struct loaded *loaded = context; \
		\
		loaded->counter++; \
		memcpy(&loaded->last_##what, rec, sizeof(*rec)); \
	}
DEFINE_SEE(known, known)
DEFINE_SEE(daily, daily)
DEFINE_SEE(block, blocks)
DEFINE_SEE(incident, incidents)

static void see_session(void *context, const struct aa_rec_session *rec)
{
	struct loaded *loaded = context;

	loaded->sessions++;
	memcpy(&loaded->last_session, rec, sizeof(*rec));
	snprintf(loaded->visit, sizeof(loaded->visit), "%s", rec->visit);
	loaded->last_session.visit = NULL;
}

static void see_read(void *context, const struct aa_rec_read *rec)
{
	struct loaded *loaded = context;

	loaded->reads++;
	memcpy(&loaded->last_read, rec, sizeof(*rec));
	snprintf(loaded->uids, sizeof(loaded->uids), "%s", rec->uids);
	loaded->last_read.uids = NULL;
}

static int load(const char *name, int64_t since_ms, struct aa_rec_account *account_r,
		 struct loaded *loaded)
{
	const struct aa_load_callbacks callbacks = {
		.context = loaded, .known = see_known, .daily = see_daily,
		.block = see_block, .session = see_session, .incident = see_incident
	};
	struct aa_err err;
	int ret;

	memset(loaded, 0, sizeof(*loaded));
	ret = aa_reader_account(store.reader, name, since_ms, account_r, &callbacks,
				&err);
	ck_assert_msg(ret >= 0, "%s", err.text);
	return ret;
}

/* Strings stand elsewhere in the copy: what they say is compared. */
static void assert_same_account(struct aa_rec_account a, struct aa_rec_account b)
{
	ck_assert_str_eq(a.life, b.life);
	a.life = b.life = NULL;
	ck_assert_mem_eq(&a, &b, sizeof(a));
}

static void assert_same_session(struct aa_rec_session a, struct aa_rec_session b)
{
	ck_assert_str_eq(a.visit, b.visit);
	a.visit = b.visit = NULL;
	ck_assert_mem_eq(&a, &b, sizeof(a));
}

static void assert_same_loaded(struct loaded *loaded, struct aa_rec_session session)
{
	loaded->last_session.visit = loaded->visit;
	assert_same_session(loaded->last_session, session);
}

#define assert_same(a, b) ck_assert_mem_eq(&(a), &(b), sizeof(a))

static void assert_rows(const char *sql, const char *expected)
{
	char *rows = store_select(&store, sql);

	ck_assert_str_eq(rows, expected);
	free(rows);
}

START_TEST(an_account_comes_back_with_all_that_belongs_to_it)
{
	struct aa_rec_account account, account_back;
	struct aa_rec_known known;
	struct aa_rec_daily daily;
	struct aa_rec_block block;
	struct aa_rec_session session;
	struct aa_rec_incident incident;
	struct loaded loaded;

	sample_account(&account, 1);
	sample_session(&session, 1);
	sample_block(&block, 1);
	block.lifted_ms = 0;
	block.until_ms = session.last_ms + 1;
	sample_incident(&incident, 1);
	sample_known(&known, 1, "imap");
	sample_daily(&daily, 1, 19000);
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_known(store.writer, &known);
	aa_writer_put_daily(store.writer, &daily);
	aa_writer_put_block(store.writer, &block);
	aa_writer_put_incident(store.writer, &incident);
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	store_open_reader(&store);

	ck_assert_int_eq(load(account.name, session.last_ms, &account_back, &loaded),
			 1);
	assert_same_account(account_back, account);
	ck_assert_uint_eq(loaded.known, 1);
	assert_same(loaded.last_known, known);
	ck_assert_uint_eq(loaded.daily, 1);
	assert_same(loaded.last_daily, daily);
	ck_assert_uint_eq(loaded.blocks, 1);
	assert_same(loaded.last_block, block);
	ck_assert_uint_eq(loaded.sessions, 1);
	assert_same_loaded(&loaded, session);
	ck_assert_uint_eq(loaded.incidents, 1);
	assert_same(loaded.last_incident, incident);
}
END_TEST

START_TEST(what_is_over_is_not_loaded)
{
	struct aa_rec_account account;
	struct aa_rec_session session;
	struct aa_rec_block block, lifted;
	struct aa_rec_incident incident;
	struct loaded loaded;

	sample_account(&account, 1);
	sample_session(&session, 1);
	sample_block(&block, 1);
	block.lifted_ms = 0;
	block.until_ms = session.last_ms + 1;
	sample_block(&lifted, 2);
	strcpy(lifted.account, account.name);
	lifted.lifted_ms = session.last_ms + 1;
	sample_incident(&incident, 1);
	incident.state = AA_INCIDENT_CLOSED;
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_block(store.writer, &block);
	aa_writer_put_block(store.writer, &lifted);
	aa_writer_put_incident(store.writer, &incident);
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	store_open_reader(&store);

	/* A block that was lifted since then says that it was. */
	ck_assert_int_eq(load(account.name, session.last_ms, &account, &loaded), 1);
	ck_assert_uint_eq(loaded.blocks, 2);
	ck_assert_int_eq(load(account.name, session.last_ms + 1, &account, &loaded),
			 1);
	ck_assert_uint_eq(loaded.sessions + loaded.blocks + loaded.incidents, 0);
}
END_TEST

START_TEST(a_block_comes_even_for_a_name_that_never_logged_in)
{
	struct aa_rec_account account;
	struct aa_rec_block block;
	struct loaded loaded;

	sample_block(&block, 1);
	block.account_id = block.lifted_ms = 0;
	store_wait(&store, aa_writer_put_block(store.writer, &block));
	store_open_reader(&store);
	ck_assert_int_eq(load(block.account, 0, &account, &loaded), 0);
	ck_assert_uint_eq(loaded.blocks, 1);
	assert_same(loaded.last_block, block);
}
END_TEST

START_TEST(a_session_is_found_by_its_key)
{
	struct aa_rec_session session, back;
	struct aa_rec_account account;
	struct loaded loaded;
	struct aa_err err;

	sample_account(&account, 1);
	aa_writer_put_account(store.writer, &account);
	sample_session(&session, 1);
	session.end_ms = 0;
	session.end_reason = AA_END_LOGOUT;
	memset(&session.login.proxy, 0, sizeof(session.login.proxy));
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	store_open_reader(&store);

	ck_assert_int_eq(aa_reader_session(store.reader, session.login.key, &back, &err), 1);
	assert_same_session(back, session);
	ck_assert_int_eq(aa_reader_session(store.reader, "no such key", &back, &err), 0);
	memset(&loaded, 0, sizeof(loaded));
	ck_assert_int_eq(aa_reader_open_sessions(store.reader, see_session, &loaded, &err), 0);
	ck_assert_uint_eq(loaded.sessions, 1);
	assert_same_loaded(&loaded, session);

	session.end_ms = 1;
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	memset(&loaded, 0, sizeof(loaded));
	ck_assert_int_eq(aa_reader_open_sessions(store.reader, see_session, &loaded, &err), 0);
	ck_assert_uint_eq(loaded.sessions, 0);
}
END_TEST

START_TEST(reads_come_back_with_their_mailbox)
{
	struct aa_rec_mailbox mailbox, mailbox_back;
	struct aa_rec_read read;
	struct loaded loaded;
	struct aa_err err;

	sample_mailbox(&mailbox, 1);
	sample_read(&read, 1);
	aa_writer_put_mailbox(store.writer, &mailbox);
	store_wait(&store, aa_writer_put_read(store.writer, &read));
	store_open_reader(&store);

	ck_assert_int_eq(aa_reader_mailbox(store.reader, mailbox.guid, mailbox.uidvalidity,
					   &mailbox_back, &err), 1);
	assert_same(mailbox_back, mailbox);
	ck_assert_int_eq(aa_reader_mailbox(store.reader, mailbox.guid, 1, &mailbox_back, &err), 0);
	memset(&loaded, 0, sizeof(loaded));
	ck_assert_int_eq(aa_reader_session_reads(store.reader, 1, see_read, &loaded, &err), 0);
	ck_assert_uint_eq(loaded.reads, 1);
	ck_assert_str_eq(loaded.uids, read.uids);
	read.uids = NULL;
	assert_same(loaded.last_read, read);
}
END_TEST

START_TEST(seen_uids_are_added_to_a_set)
{
	struct aa_rec_seen seen = { 1, 2, "5:7,9", "20780 9 8 8", "6,100" };
	struct aa_uidset set = { .count = 0 };
	char reach[AA_REC_REACH_MAX] = "left over";
	struct aa_err err;

	store_wait(&store, aa_writer_put_seen(store.writer, &seen));
	store_open_reader(&store);
	aa_uidset_add(&set, 1);
	ck_assert_int_eq(aa_reader_seen(store.reader, 1, 1, &set, reach, &err), 0);
	ck_assert_str_eq(reach, "");
	ck_assert_int_eq(aa_reader_seen(store.reader, 1, 2, &set, reach, &err), 1);
	ck_assert_str_eq(reach, "20780 9 8 8");
	ck_assert_uint_eq(set.uids, 5);
	ck_assert(aa_uidset_contains(&set, 1) && aa_uidset_contains(&set, 7));
	aa_uidset_free(&set);
}
END_TEST

START_TEST(what_strangers_opened_is_a_set_of_its_own)
{
	struct aa_rec_seen seen = { 1, 2, "5:7,9", "", "6,100" };
	struct aa_uidset set = { .count = 0 };
	struct aa_err err;

	aa_writer_put_seen(store.writer, &seen);
	/* The owner alone. */
	seen.mailbox_id = 3;
	seen.strange = NULL;
	store_wait(&store, aa_writer_put_seen(store.writer, &seen));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_strange(store.reader, 1, 1, &set, &err), 0);
	ck_assert_int_eq(aa_reader_strange(store.reader, 1, 3, &set, &err), 1);
	ck_assert_uint_eq(set.uids, 0);
	ck_assert_int_eq(aa_reader_strange(store.reader, 1, 2, &set, &err), 1);
	ck_assert_uint_eq(set.uids, 2);
	ck_assert(aa_uidset_contains(&set, 6) && aa_uidset_contains(&set, 100));
	aa_uidset_free(&set);
}
END_TEST

START_TEST(long_uid_sets_come_back_whole)
{
	struct aa_uidset set = { .count = 0 }, back = { .count = 0 };
	struct aa_rec_seen seen = { .account_id = 1, .mailbox_id = 2 };
	char *text, reach[AA_REC_REACH_MAX];
	struct aa_err err;

	for (uint32_t uid = 1; uid < 200000; uid += 2)
		aa_uidset_add(&set, uid);
	text = aa_uidset_text(&set);
	seen.uids = text;
	store_wait(&store, aa_writer_put_seen(store.writer, &seen));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_seen(store.reader, 1, 2, &back, reach, &err), 1);
	ck_assert_uint_eq(back.count, set.count);
	ck_assert_mem_eq(back.ranges, set.ranges, set.count * sizeof(*set.ranges));
	aa_uidset_free(&set);
	aa_uidset_free(&back);
	free(text);
}
END_TEST

/* As long as the engine makes them. */
START_TEST(long_texts_of_the_engine_come_back_whole)
{
	static char life[AA_REC_LIFE_MAX], visit[AA_REC_VISIT_MAX];
	struct aa_rec_account account, account_back;
	struct aa_rec_session session, session_back;
	struct loaded loaded;
	struct aa_err err;

	memset(life, '7', sizeof(life) - 1);
	memset(visit, '8', sizeof(visit) - 1);
	sample_account(&account, 1);
	account.life = life;
	aa_writer_put_account(store.writer, &account);
	sample_session(&session, 1);
	session.visit = visit;
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	store_open_reader(&store);
	/* The account's life outlives the rows that come after it. */
	ck_assert_int_eq(load(account.name, 0, &account_back, &loaded), 1);
	assert_same_account(account_back, account);
	ck_assert_uint_eq(loaded.sessions, 1);
	ck_assert_int_eq(aa_reader_session(store.reader, session.login.key, &session_back,
					   &err), 1);
	assert_same_session(session_back, session);

	account.life = session.visit = NULL;
	aa_writer_put_account(store.writer, &account);
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	ck_assert_int_eq(load(account.name, 0, &account_back, &loaded), 1);
	ck_assert_str_eq(account_back.life, "");
	ck_assert_str_eq(loaded.visit, "");
}
END_TEST

struct site_lines {
	unsigned int count;
	char text[512];
};

static void see_site(void *context, const char *key, const char *state)
{
	struct site_lines *lines = context;
	size_t len = strlen(lines->text);

	lines->count++;
	snprintf(lines->text + len, sizeof(lines->text) - len, "%s=%s\n", key, state);
}

static void put_site(const char *key, const char *state)
{
	struct aa_rec_site site;

	sample_site(&site, key, state);
	store_wait(&store, aa_writer_put_site(store.writer, &site));
}

static void assert_site(const char *expected)
{
	struct site_lines lines = { .count = 0 };
	struct aa_err err;

	ck_assert_msg(aa_reader_site(store.reader, see_site, &lines, &err) == 0, "%s", err.text);
	ck_assert_str_eq(lines.text, expected);
}

START_TEST(lines_of_the_site_come_and_go)
{
	char key[AA_REC_SITE_KEY_MAX], state[AA_REC_SITE_STATE_MAX], both[1024];

	put_site("site", "2 19700");
	put_site("network AS64496", "1");
	store_open_reader(&store);
	assert_site("network AS64496=1\nsite=2 19700\n");
	put_site("network AS64496", "2");
	assert_site("network AS64496=2\nsite=2 19700\n");
	put_site("site", "");
	put_site("was never there", "");
	assert_site("network AS64496=2\n");
	put_site("network AS64496", "");
	memset(key, 'k', sizeof(key) - 1);
	memset(state, 's', sizeof(state) - 1);
	key[sizeof(key) - 1] = state[sizeof(state) - 1] = '\0';
	put_site(key, state);
	snprintf(both, sizeof(both), "%s|%s\n", key, state);
	assert_rows("SELECT * FROM site", both);
}
END_TEST

START_TEST(strangers_are_kept_but_not_shown)
{
	struct aa_rec_account account;
	struct aa_rec_known known;
	struct loaded loaded;

	sample_account(&account, 1);
	aa_writer_put_account(store.writer, &account);
	sample_known(&known, 1, "imap");
	aa_writer_put_known(store.writer, &known);
	sample_known(&known, 1, "pop3");
	known.days = 0;
	store_wait(&store, aa_writer_put_known(store.writer, &known));
	assert_rows("SELECT * FROM v_known",
		    "user1@example.org|protocol|imap|3|1969-12-28|1970-01-06|6|7\n");
	store_open_reader(&store);
	ck_assert_int_eq(load(account.name, 0, &account, &loaded), 1);
	ck_assert_uint_eq(loaded.known, 2);
}
END_TEST

START_TEST(admins_see_verdicts_gaps_searches_and_failed_logins)
{
	struct aa_rec_search search = { 1, 1, 1700000000001, 5, "BODY \"x\"", "finance" };
	struct aa_rec_account account;
	struct aa_rec_session session;
	struct aa_rec_mailbox mailbox;
	struct aa_rec_verdict verdict;
	struct aa_rec_incident incident;
	struct aa_rec_failed failed;
	struct aa_rec_gap gap;

	sample_account(&account, 1);
	sample_session(&session, 1);
	sample_mailbox(&mailbox, 1);
	strcpy(mailbox.name, "INBOX");
	sample_verdict(&verdict, 1);
	sample_incident(&incident, 7);
	sample_gap(&gap, 1);
	sample_failed(&failed, 20000, "2001:db8::7", "nobody");
	failed.count = 3;
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_session(store.writer, &session);
	aa_writer_put_mailbox(store.writer, &mailbox);
	aa_writer_put_verdict(store.writer, &verdict);
	aa_writer_put_incident(store.writer, &incident);
	aa_writer_put_gap(store.writer, &gap);
	aa_writer_put_search(store.writer, &search);
	store_wait(&store, aa_writer_put_failed(store.writer, &failed));

	assert_rows("SELECT * FROM v_verdict",
		    "1|1|user1@example.org|sess1|1700000000001|2023-11-14 22:13:20|flag|volume|"
		    "first reason\nsecond|report|1|AA-7\n");
	assert_rows("SELECT * FROM v_gap",
		    "1|store-full|1700000000001|2023-11-14 22:13:20|1700000000002|"
		    "2023-11-14 22:13:20|user1@example.org|sess1|3|4|why\n");
	assert_rows("SELECT * FROM v_search",
		    "1|user1@example.org|sess1|INBOX|user1@example.org|1700000000001|"
		    "2023-11-14 22:13:20|BODY \"x\"|5|finance\n");
	assert_rows("SELECT * FROM v_failed_login",
		    "2024-10-04|20000|2001:db8::7|nobody|0|3|1700000000001|2023-11-14 22:13:20|"
		    "1700000000002|2023-11-14 22:13:20|RU|AS64500\n");
}
END_TEST

START_TEST(a_fact_is_shown_even_if_what_it_points_to_is_missing)
{
	struct aa_rec_session session;
	struct aa_rec_read read;

	sample_session(&session, 1);
	sample_read(&read, 1);
	aa_writer_put_session(store.writer, &session);
	store_wait(&store, aa_writer_put_read(store.writer, &read));
	assert_rows("SELECT session, account FROM v_session", "sess1|\n");
	assert_rows("SELECT mailbox, uids, owner FROM v_read", "shared/INBOX|1:5000,5003|\n");
}
END_TEST

START_TEST(the_newest_record_of_a_row_takes_its_place)
{
	struct aa_rec_session session, back;
	struct aa_rec_account account;
	struct aa_err err;

	sample_account(&account, 1);
	aa_writer_put_account(store.writer, &account);
	sample_session(&session, 1);
	/* The first is on the disk, the second is overtaken in the queue. */
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	session.bodies = 100;
	aa_writer_put_session(store.writer, &session);
	memset(&session.login.local, 0, sizeof(session.login.local));
	memset(session.place.country, 0, sizeof(session.place.country));
	session.incident_id = 0;
	session.standing = AA_STANDING_ALLOWED;
	session.bodies = 101;
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_session(store.reader, session.login.key, &back, &err), 1);
	assert_same_session(back, session);
	ck_assert_int_eq(store_number(&store, "SELECT count(*) FROM session"), 1);
}
END_TEST

START_TEST(putting_all_again_changes_nothing)
{
	static const char dump[] =
		"SELECT * FROM account, session, mailbox, read, block, incident, gap, verdict";
	char *before, *after;

	for (int round = 0; round < 2; round++) {
		struct aa_rec_account account;
		struct aa_rec_session session;
		struct aa_rec_mailbox mailbox;
		struct aa_rec_read read;
		struct aa_rec_block block;
		struct aa_rec_incident incident;
		struct aa_rec_gap gap;
		struct aa_rec_verdict verdict;

		sample_account(&account, 1);
		sample_session(&session, 1);
		sample_mailbox(&mailbox, 1);
		sample_read(&read, 1);
		sample_block(&block, 1);
		sample_incident(&incident, 1);
		sample_gap(&gap, 1);
		sample_verdict(&verdict, 1);
		aa_writer_put_account(store.writer, &account);
		aa_writer_put_session(store.writer, &session);
		aa_writer_put_mailbox(store.writer, &mailbox);
		aa_writer_put_read(store.writer, &read);
		aa_writer_put_block(store.writer, &block);
		aa_writer_put_incident(store.writer, &incident);
		aa_writer_put_gap(store.writer, &gap);
		store_wait(&store, aa_writer_put_verdict(store.writer, &verdict));
		if (round == 0)
			before = store_select(&store, dump);
	}
	after = store_select(&store, dump);
	ck_assert_str_ne(before, "");
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
}
END_TEST

static void count_session(void *context, const struct aa_rec_session *session)
{
	ck_assert_str_eq(session->login.account, "user1@example.org");
	++*(unsigned int *)context;
}

static void note_block_id(void *context, const struct aa_rec_block *block)
{
	int64_t **next = context;

	*(*next)++ = block->id;
}

START_TEST(blocks_in_force_of_all_accounts_come_back)
{
	struct aa_rec_block block;
	struct aa_err err;
	int64_t ids[4] = { 0 }, *next = ids, now_ms;

	sample_block(&block, 1);
	block.lifted_ms = 0;
	now_ms = block.until_ms - 1;
	aa_writer_put_block(store.writer, &block);
	sample_block(&block, 2);
	block.lifted_ms = 0;
	block.until_ms = now_ms + 1000;
	aa_writer_put_block(store.writer, &block);
	sample_block(&block, 3);
	aa_writer_put_block(store.writer, &block);
	sample_block(&block, 4);
	block.lifted_ms = 0;
	block.until_ms = now_ms;
	store_wait(&store, aa_writer_put_block(store.writer, &block));
	store_open_reader(&store);

	ck_assert_int_eq(aa_reader_blocks_in_force(store.reader, now_ms, 4, note_block_id,
						   &next, &err), 0);
	ck_assert_int_eq(next - ids, 2);
	ck_assert_int_eq(ids[0], 2);
	ck_assert_int_eq(ids[1], 1);
	next = ids;
	ck_assert_int_eq(aa_reader_blocks_in_force(store.reader, now_ms, 1, note_block_id,
						   &next, &err), 0);
	ck_assert_int_eq(next - ids, 1);
	ck_assert_int_eq(ids[0], 2);
}
END_TEST

static void see_order(void *context, const struct aa_rec_order *order)
{
	struct aa_rec_order **next = context;

	*(*next)++ = *order;
}

START_TEST(orders_come_back_until_they_are_over_or_lifted)
{
	struct aa_rec_order travel, lock, lifted, kick, back[4], *next = back;
	struct aa_err err;

	sample_order(&travel, 1);
	sample_order(&lock, 2);
	lock.kind = AA_ORDER_LOCK;
	lock.until_ms = lock.incident_id = 0;
	strcpy(lock.what, "*");
	sample_order(&lifted, 3);
	sample_order(&kick, 4);
	kick.kind = AA_ORDER_KICK;
	aa_writer_put_order(store.writer, &travel);
	aa_writer_put_order(store.writer, &lock);
	aa_writer_put_order(store.writer, &lifted);
	store_wait(&store, aa_writer_put_order(store.writer, &kick));
	lifted.lifted_ms = 1700000000009;
	strcpy(lifted.lifted_by, "admin");
	store_wait(&store, aa_writer_put_order(store.writer, &lifted));
	store_open_reader(&store);

	ck_assert_int_eq(aa_reader_orders(store.reader, travel.until_ms - 1, see_order,
					  &next, &err), 0);
	ck_assert_ptr_eq(next, back + 3);
	assert_same(back[0], lock);
	assert_same(back[1], travel);
	assert_same(back[2], kick);
	next = back;
	ck_assert_int_eq(aa_reader_orders(store.reader, travel.until_ms, see_order,
					  &next, &err), 0);
	ck_assert_ptr_eq(next, back + 1);
	ck_assert_int_eq(back[0].id, 2);
	assert_rows("SELECT order_row, kind, what, state, lifted_by FROM v_order ORDER BY 1",
		    "1|travel|IT|active|\n2|lock|*|active|\n3|travel|IT|lifted|admin\n"
		    "4|kick|IT|active|\n");
}
END_TEST

static void see_notification(void *context, const struct aa_rec_notification *notification)
{
	struct aa_rec_notification **next = context;

	ck_assert_str_eq(notification->body, "{\"version\":1}");
	**next = *notification;
	(*next)++->body = NULL;
}

START_TEST(notifications_wait_until_they_are_told)
{
	struct aa_rec_notification old, sent, waiting, back[4], *next = back;
	struct aa_err err;

	sample_notification(&old, 1);
	sample_notification(&sent, 2);
	sample_notification(&waiting, 3);
	old.state = AA_NOTIFY_GIVEN_UP;
	old.made_ms--;
	sent.state = AA_NOTIFY_SENT;
	sent.done_ms = 1700000000005;
	aa_writer_put_notification(store.writer, &waiting);
	aa_writer_put_notification(store.writer, &old);
	store_wait(&store, aa_writer_put_notification(store.writer, &sent));
	waiting.tries++;
	waiting.due_ms += 10000;
	store_wait(&store, aa_writer_put_notification(store.writer, &waiting));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_notifications(store.reader, sent.made_ms, see_notification,
						 &next, &err), 0);
	ck_assert_ptr_eq(next, back + 2);
	sent.body = waiting.body = NULL;
	assert_same(back[0], sent);
	assert_same(back[1], waiting);
	assert_rows("SELECT notification_row, channel, kind, state, tries FROM v_notification "
		    "ORDER BY 1", "1|exec|worse|given-up|3\n2|exec|worse|sent|3\n"
		    "3|exec|worse|waiting|4\n");
}
END_TEST

START_TEST(notifications_that_are_done_go_after_a_month)
{
	struct aa_rec_notification waiting, sent, last;

	sample_notification(&waiting, 1);
	sample_notification(&sent, 2);
	sent.state = AA_NOTIFY_SENT;
	sample_notification(&last, 3);
	last.made_ms += 30LL * 86400000 - 1;
	aa_writer_put_notification(store.writer, &waiting);
	aa_writer_put_notification(store.writer, &sent);
	store_wait(&store, aa_writer_put_notification(store.writer, &last));
	assert_rows("SELECT id FROM notification ORDER BY id", "1\n2\n3\n");
	last.id++;
	last.made_ms++;
	store_wait(&store, aa_writer_put_notification(store.writer, &last));
	assert_rows("SELECT id FROM notification ORDER BY id", "1\n3\n4\n");
}
END_TEST

static void see_campaign(void *context, const struct aa_rec_incident *incident)
{
	struct aa_rec_incident **next = context;

	*(*next)++ = *incident;
}

static void see_account_of(void *context, const struct aa_rec_incident_account *account)
{
	struct aa_rec_incident_account **next = context;

	*(*next)++ = *account;
}

START_TEST(a_campaign_comes_back_with_its_accounts)
{
	struct aa_rec_incident own, campaign, closed, back[3], *next = back;
	struct aa_rec_incident_account one, two, accounts_back[3], *accounts = accounts_back;
	struct aa_err err;

	sample_incident(&own, 1);
	sample_campaign(&campaign, 2);
	sample_campaign(&closed, 3);
	closed.state = AA_INCIDENT_CLOSED;
	sample_incident_account(&one, 2, 1);
	sample_incident_account(&two, 2, 2);
	aa_writer_put_incident(store.writer, &own);
	aa_writer_put_incident(store.writer, &closed);
	aa_writer_put_incident_account(store.writer, &two);
	aa_writer_put_incident_account(store.writer, &one);
	store_wait(&store, aa_writer_put_incident(store.writer, &campaign));
	two.part = AA_PART_ACTED;
	store_wait(&store, aa_writer_put_incident_account(store.writer, &two));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_campaigns(store.reader, see_campaign, &next, &err), 0);
	ck_assert_ptr_eq(next, back + 1);
	assert_same(back[0], campaign);
	ck_assert_int_eq(aa_reader_incident_accounts(store.reader, 2, see_account_of,
						     &accounts, &err), 0);
	ck_assert_ptr_eq(accounts, accounts_back + 2);
	assert_same(accounts_back[0], one);
	assert_same(accounts_back[1], two);
	assert_rows("SELECT incident, account, part FROM v_incident_account ORDER BY account",
		    "AA-2|user1@example.org|came\nAA-2|user2@example.org|acted\n");
}
END_TEST

START_TEST(incidents_are_found_that_are_quiet_or_were_before)
{
	struct aa_rec_incident quiet, busy, decided, old, older, back[4], *next = back;
	struct aa_err err;

	sample_incident(&quiet, 1);
	quiet.decided_ms = 0;
	sample_incident(&busy, 2);
	busy.decided_ms = 0;
	busy.last_ms++;
	/* A decision counts as a fact: what was reopened has its time again. */
	sample_incident(&decided, 5);
	decided.decided_ms = decided.last_ms + 1;
	sample_incident(&old, 3);
	old.account_id = 1;
	old.state = AA_INCIDENT_CLOSED;
	old.joined_id = 0;
	older = old;
	older.id = 4;
	strcpy(older.ref, "AA-4");
	older.last_ms--;
	aa_writer_put_incident(store.writer, &quiet);
	aa_writer_put_incident(store.writer, &busy);
	aa_writer_put_incident(store.writer, &decided);
	aa_writer_put_incident(store.writer, &old);
	store_wait(&store, aa_writer_put_incident(store.writer, &older));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_quiet_incidents(store.reader, quiet.last_ms, 10,
						   see_campaign, &next, &err), 0);
	ck_assert_ptr_eq(next, back + 1);
	assert_same(back[0], quiet);
	ck_assert_int_eq(aa_reader_former_incident(store.reader, 1, "AS64500", back, &err), 1);
	assert_same(back[0], old);
	ck_assert_int_eq(aa_reader_former_incident(store.reader, 1, "AS1", back, &err), 0);
	ck_assert_int_eq(aa_reader_former_incident(store.reader, 2, "AS64500", back, &err), 0);
}
END_TEST

static void see_canary(void *context, const struct aa_rec_canary *canary)
{
	struct aa_rec_canary **next = context;

	*(*next)++ = *canary;
}

START_TEST(canaries_come_back_until_they_are_removed)
{
	struct aa_rec_canary first, removed, last, back[4], *next = back;
	struct aa_err err;

	sample_canary(&first, 1);
	sample_canary(&removed, 2);
	sample_canary(&last, 3);
	last.armed_ms = 4100000000000;
	aa_writer_put_canary(store.writer, &first);
	aa_writer_put_canary(store.writer, &removed);
	store_wait(&store, aa_writer_put_canary(store.writer, &last));
	removed.removed_ms = 1700000000009;
	strcpy(removed.removed_by, "anna");
	last.tripped++;
	aa_writer_put_canary(store.writer, &removed);
	store_wait(&store, aa_writer_put_canary(store.writer, &last));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_canaries(store.reader, 4, see_canary, &next, &err), 0);
	ck_assert_ptr_eq(next, back + 2);
	assert_same(back[0], first);
	assert_same(back[1], last);
	next = back;
	ck_assert_int_eq(aa_reader_canaries(store.reader, 1, see_canary, &next, &err), 0);
	ck_assert_ptr_eq(next, back + 1);
	assert_rows("SELECT canary, state, tripped, removed_by FROM v_canary ORDER BY 1",
		    "1|armed|4|\n2|removed|4|anna\n3|settling|5|\n");
}
END_TEST

/* Whether or not a commit lies between. */
START_TEST(the_first_name_of_a_message_stands)
{
	struct aa_rec_message message, other;

	sample_message(&message, 1);
	message.date_s = 0;
	sample_message(&other, 1);
	other.message_id = "2@host.example";
	other.mid = 2;
	other.size = 0;
	aa_writer_hold(store.writer);
	aa_writer_put_message(store.writer, &message);
	(void)aa_writer_put_message(store.writer, &other);
	aa_writer_release(store.writer);
	store_wait(&store, aa_writer_put_message(store.writer, &other));
	assert_rows("SELECT message_id, mid, size, date_s FROM message",
		    "1@host.example|1234567890123456789|4567|1700000000\n");
}
END_TEST

START_TEST(names_of_messages_inquiries_and_tombstones_are_kept)
{
	struct aa_rec_message message, nameless = { .mailbox_id = 1, .uid = 7 };
	struct aa_rec_inquiry inquiry;
	struct aa_rec_tombstone tombstone;
	struct aa_rec_mailbox mailbox;

	sample_mailbox(&mailbox, 1);
	sample_message(&message, 1);
	sample_inquiry(&inquiry, 1);
	sample_tombstone(&tombstone, 1);
	aa_writer_put_mailbox(store.writer, &mailbox);
	aa_writer_put_message(store.writer, &nameless);
	aa_writer_put_inquiry(store.writer, &inquiry);
	aa_writer_put_tombstone(store.writer, &tombstone);
	store_wait(&store, aa_writer_put_message(store.writer, &message));
	tombstone.to_key = 29;
	tombstone.rows = 18;
	store_wait(&store, aa_writer_put_tombstone(store.writer, &tombstone));
	assert_rows("SELECT uid, message_id, mid, size, date_s, mailbox_guid IS NULL FROM v_message",
		    "7|||||0\n4200000000|1@host.example|1234567890123456789|4567|1700000000|0\n");
	assert_rows("SELECT made_by, verb, about, rows FROM v_inquiry", "anna|scope|AA-17|5\n");
	assert_rows("SELECT what, from_row, to_row, why, rows, made_by FROM v_tombstone",
		    "session|11|29|age|18|keep\n");
}
END_TEST

START_TEST(an_incident_and_its_sessions_are_found_by_number)
{
	struct aa_rec_incident incident, incident_back;
	struct aa_rec_account account;
	struct aa_rec_session session, session_back;
	unsigned int sessions = 0;
	struct aa_err err;

	sample_account(&account, 1);
	sample_session(&session, 1);
	sample_incident(&incident, 7);
	incident.state = AA_INCIDENT_CLOSED;
	aa_writer_put_account(store.writer, &account);
	aa_writer_put_incident(store.writer, &incident);
	store_wait(&store, aa_writer_put_session(store.writer, &session));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_incident(store.reader, 7, &incident_back, &err), 1);
	assert_same(incident_back, incident);
	ck_assert_int_eq(aa_reader_incident(store.reader, 8, &incident_back, &err), 0);
	ck_assert_int_eq(aa_reader_session_by_id(store.reader, 1, &session_back, &err), 1);
	assert_same_session(session_back, session);
	ck_assert_int_eq(aa_reader_session_by_id(store.reader, 2, &session_back, &err), 0);
	ck_assert_int_eq(aa_reader_incident_sessions(store.reader, 7, count_session,
						     &sessions, &err), 0);
	ck_assert_uint_eq(sessions, 1);
}
END_TEST

START_TEST(next_ids_follow_the_highest)
{
	struct aa_next_ids ids;
	struct aa_rec_block block;
	struct aa_err err;

	sample_block(&block, 41);
	store_wait(&store, aa_writer_put_block(store.writer, &block));
	store_open_reader(&store);
	ck_assert_int_eq(aa_reader_next_ids(store.reader, &ids, &err), 0);
	ck_assert_int_eq(ids.block, 42);
	ck_assert_int_eq(ids.session, 1);
	ck_assert_int_eq(ids.gap, 1);
	ck_assert_int_eq(aa_reader_block(store.reader, 41, &block, &err), 1);
	ck_assert_int_eq(aa_reader_block(store.reader, 42, &block, &err), 0);
}
END_TEST

START_TEST(the_key_of_a_session_is_in_no_view)
{
	store_wait_for(&store, AA_OK, NULL);
	assert_rows("SELECT m.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c "
		    "WHERE m.type = 'view' AND c.name LIKE '%key%'", "");
	assert_rows("SELECT name FROM sqlite_schema "
		    "WHERE type = 'view' AND sql LIKE '%session.key%'", "");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, an_account_comes_back_with_all_that_belongs_to_it);
	tcase_add_test(tcase, what_is_over_is_not_loaded);
	tcase_add_test(tcase, a_block_comes_even_for_a_name_that_never_logged_in);
	tcase_add_test(tcase, a_session_is_found_by_its_key);
	tcase_add_test(tcase, reads_come_back_with_their_mailbox);
	tcase_add_test(tcase, seen_uids_are_added_to_a_set);
	tcase_add_test(tcase, what_strangers_opened_is_a_set_of_its_own);
	tcase_add_test(tcase, long_uid_sets_come_back_whole);
	tcase_add_test(tcase, long_texts_of_the_engine_come_back_whole);
	tcase_add_test(tcase, lines_of_the_site_come_and_go);
	tcase_add_test(tcase, strangers_are_kept_but_not_shown);
	tcase_add_test(tcase, admins_see_verdicts_gaps_searches_and_failed_logins);
	tcase_add_test(tcase, a_fact_is_shown_even_if_what_it_points_to_is_missing);
	tcase_add_test(tcase, the_newest_record_of_a_row_takes_its_place);
	tcase_add_test(tcase, putting_all_again_changes_nothing);
	tcase_add_test(tcase, blocks_in_force_of_all_accounts_come_back);
	tcase_add_test(tcase, orders_come_back_until_they_are_over_or_lifted);
	tcase_add_test(tcase, notifications_wait_until_they_are_told);
	tcase_add_test(tcase, notifications_that_are_done_go_after_a_month);
	tcase_add_test(tcase, a_campaign_comes_back_with_its_accounts);
	tcase_add_test(tcase, incidents_are_found_that_are_quiet_or_were_before);
	tcase_add_test(tcase, canaries_come_back_until_they_are_removed);
	tcase_add_test(tcase, the_first_name_of_a_message_stands);
	tcase_add_test(tcase, names_of_messages_inquiries_and_tombstones_are_kept);
	tcase_add_test(tcase, an_incident_and_its_sessions_are_found_by_number);
	tcase_add_test(tcase, next_ids_follow_the_highest);
	tcase_add_test(tcase, the_key_of_a_session_is_in_no_view);
}

int main(void)
{
	return suite_main("store/records", add_tests);
}
