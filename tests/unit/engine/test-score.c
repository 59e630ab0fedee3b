/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "fixture.h"

#include <limits.h>
#include <string.h>

/* Evidence of a login as if it had been weighed, of a stranger. */
static void has_evidence(enum aa_detector detector, double nats)
{
	visit.parts[detector] = (int16_t)(100 * nats);
}

static struct aa_source stranger(const struct aa_place *place)
{
	struct aa_source source = source_at(place, "curl");

	live(30, 9, 20);
	login(&source);
	memset(visit.parts, 0, sizeof(visit.parts));
	visit.standing = AA_STANDING_UNFAMILIAR;
	return source;
}

static struct aa_score score_of(const struct aa_source *source,
				enum aa_detector_mode least)
{
	struct aa_moment moment = moment_now(source);
	struct aa_score score;

	aa_score(&moment, least, &score);
	return score;
}

START_TEST(families_are_bounded)
{
	struct aa_source source = stranger(&abroad);
	struct aa_score score;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (aa_detectors[i].occasion == AA_AT_LOGIN)
			has_evidence((enum aa_detector)i, 5);
	}
	visit.stale = 1000000;
	visit.sensitive_searches = 100;
	score = score_of(&source, AA_DETECTOR_REPORT);
	ck_assert_double_eq(score.families[AA_FAMILY_PLACE], policy.limits.place_max);
	ck_assert_double_eq(score.families[AA_FAMILY_DEVICE], policy.limits.device_max);
	ck_assert_double_eq(score.families[AA_FAMILY_CROSS], policy.limits.cross_max);
	ck_assert_double_eq(score.families[AA_FAMILY_BEHAVIOUR],
			    policy.limits.behaviour_max);
	ck_assert_double_eq_tol(score.sum, policy.limits.place_max +
		policy.limits.device_max + policy.limits.cross_max +
		policy.limits.behaviour_max, 1e-9);
}
END_TEST

/* What speaks for the owner is taken off within its family only as it is. */
START_TEST(evidence_may_speak_for_the_owner)
{
	struct aa_source source = stranger(&abroad);

	has_evidence(AA_DET_NEW_COUNTRY, 3);
	has_evidence(AA_DET_NEW_CLIENT, -1.5);
	ck_assert_double_eq_tol(score_of(&source, AA_DETECTOR_REPORT).sum, 1.5, 1e-9);
}
END_TEST

START_TEST(modes_of_detectors_say_what_counts)
{
	struct aa_source source = stranger(&abroad);
	struct aa_moment moment = moment_now(&source);
	static const double report[] = { 0, 0, 3, 3 }, enforce[] = { 0, 0, 0, 3 };

	has_evidence(AA_DET_NEW_COUNTRY, 3);
	for (unsigned int mode = 0; mode < AA_DETECTOR_MODE_COUNT; mode++) {
		policy.detectors[AA_DET_NEW_COUNTRY] = (enum aa_detector_mode)mode;
		ck_assert_double_eq(score_of(&source, AA_DETECTOR_REPORT).sum,
				    report[mode]);
		ck_assert_double_eq(score_of(&source, AA_DETECTOR_ENFORCE).sum,
				    enforce[mode]);
		ck_assert_double_eq(aa_part(&moment, AA_DET_NEW_COUNTRY),
				    mode == AA_DETECTOR_OFF ? 0 : 3);
	}
}
END_TEST

START_TEST(a_thief_is_stopped_and_told_why)
{
	struct aa_source source = stranger(&abroad);

	has_evidence(AA_DET_NEW_COUNTRY, 4);
	has_evidence(AA_DET_NEW_NETWORK, 3);
	reads(&source, 0, 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	reads(&source, 0, 100);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
	ck_assert_str_eq(verdict.rule, "bulk-read");
	ck_assert_uint_le(verdict.reason_count, AA_VERDICT_REASONS);
	ck_assert(has_reason(&verdict, "stopped from 9.5 on"));
	ck_assert(has_reason(&verdict, "+4.0 new-country: country RU never seen"));
	ck_assert(has_reason(&verdict, "+3.0 new-network: network AS64500 never"));
	ck_assert(has_reason(&verdict, "bulk-read: 101 messages of old mail"));
	ck_assert(has_reason(&verdict, "new mail does not count"));
	/* It is said once, however long it goes on. */
	reads(&source, 0, 1000);
	ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	ck_assert(visit.odd && visit.stopped);
}
END_TEST

/* Thresholds that everything passes do not make one family two. */
START_TEST(one_family_never_stops)
{
	struct aa_source source = stranger(&abroad);

	policy.limits.stop_at = 1;
	policy.limits.unfamiliar_at = 0;
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (aa_detectors[i].family == AA_FAMILY_BEHAVIOUR)
			policy.detectors[i] = AA_DETECTOR_OFF;
	}
	has_evidence(AA_DET_NEW_COUNTRY, 5);
	has_evidence(AA_DET_NEW_NETWORK, 5);
	reads(&source, 0, 100000);
	ck_assert_int_ne(verdict.action, AA_ACTION_STOP);
	/* With a second one it does. */
	has_evidence(AA_DET_NEW_CLIENT, 1);
	reads(&source, 0, 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
}
END_TEST

START_TEST(behaviour_alone_never_stops)
{
	struct aa_source source = stranger(&abroad);

	reads(&source, 0, 100000);
	ck_assert_int_eq(verdict.action, AA_ACTION_FLAG);
}
END_TEST

START_TEST(a_new_prefix_alone_never_stops)
{
	struct aa_source source = stranger(&home);

	has_evidence(AA_DET_NEW_PREFIX, 5);
	reads(&source, 0, 100000);
	ck_assert_int_eq(verdict.action, AA_ACTION_FLAG);
	memset(&visit, 0, sizeof(visit));
	visit.standing = AA_STANDING_UNFAMILIAR;
	has_evidence(AA_DET_NEW_PREFIX, 5);
	has_evidence(AA_DET_NEW_COUNTRY, 1);
	reads(&source, 0, 100000);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
}
END_TEST

START_TEST(a_cloud_never_stops)
{
	struct aa_source source = stranger(&cloud);

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (aa_detectors[i].occasion == AA_AT_LOGIN)
			has_evidence((enum aa_detector)i, 5);
	}
	ck_assert_uint_eq(aa_engine_left(&engine, &life, &visit, &source, NOW_MS),
			  UINT_MAX);
	reads(&source, 0, 100000);
	ck_assert_int_eq(verdict.action, AA_ACTION_FLAG);
}
END_TEST

START_TEST(only_strangers_are_stopped)
{
	struct aa_source source = stranger(&abroad);

	for (unsigned int i = 0; i < AA_STANDING_COUNT; i++) {
		memset(&visit, 0, sizeof(visit));
		visit.standing = (enum aa_standing)i;
		has_evidence(AA_DET_NEW_COUNTRY, 5);
		has_evidence(AA_DET_NEW_CLIENT, 4);
		reads(&source, 0, 5000);
		ck_assert_int_eq(verdict.action, i == AA_STANDING_UNFAMILIAR ?
			AA_ACTION_STOP : i == AA_STANDING_FAMILIAR ?
			AA_ACTION_FLAG : AA_ACTION_NONE);
		if (i != AA_STANDING_UNFAMILIAR)
			ck_assert_uint_eq(aa_engine_left(&engine, &life, &visit,
				&source, NOW_MS), UINT_MAX);
	}
}
END_TEST

START_TEST(new_mail_stops_nobody)
{
	struct aa_source source = stranger(&abroad);

	has_evidence(AA_DET_NEW_COUNTRY, 5);
	has_evidence(AA_DET_NEW_NETWORK, 5);
	has_evidence(AA_DET_NEW_CLIENT, 4);
	has_evidence(AA_DET_SPRAYED_SOURCE, 3);
	for (unsigned int i = 0; i < 50; i++) {
		reads(&source, 100, 0);
		ck_assert_int_eq(verdict.action, AA_ACTION_NONE);
	}
	reads(&source, 0, 1);
	ck_assert_int_eq(verdict.action, AA_ACTION_STOP);
}
END_TEST

START_TEST(below_report_nobody_is_judged)
{
	struct aa_source source = stranger(&abroad);

	has_evidence(AA_DET_NEW_COUNTRY, 5);
	has_evidence(AA_DET_NEW_CLIENT, 5);
	for (unsigned int mode = 0; mode < AA_MODE_COUNT; mode++) {
		policy.mode = (enum aa_mode)mode;
		visit.stopped = false;
		reads(&source, 0, 1000);
		ck_assert_int_eq(verdict.action, mode < AA_MODE_REPORT ?
				 AA_ACTION_NONE : AA_ACTION_STOP);
	}
}
END_TEST

START_TEST(names_of_detectors_are_theirs)
{
	enum aa_detector detector;

	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		ck_assert(aa_detector_parse(aa_detectors[i].name, &detector));
		ck_assert_uint_eq(detector, i);
		ck_assert_ptr_nonnull(aa_detectors[i].weigh);
		ck_assert_int_eq(aa_detectors[i].technique[0], 'T');
		ck_assert_int_eq(strncmp(aa_detectors[i].defence, "D3-", 3), 0);
	}
	ck_assert(!aa_detector_parse("", &detector));
	ck_assert(!aa_detector_parse("new-countr", &detector));
}
END_TEST

/* A question is no login. */
START_TEST(asking_how_it_would_stand_leaves_no_trace)
{
	struct aa_source thief = source_at(&abroad, "curl");
	struct aa_source owner = source_at(&home, "thunderbird");
	char prefix[AA_NET_TEXT_MAX];
	struct aa_life before;

	live(30, 3, 5);
	before = life_copy(&life);
	ck_assert_int_eq(aa_engine_standing(&engine, &life, &thief, NOW_MS),
			 AA_STANDING_UNFAMILIAR);
	ck_assert_int_eq(aa_engine_standing(&engine, &life, &owner, NOW_MS),
			 AA_STANDING_FAMILIAR);
	ck_assert_int_eq(memcmp(before.spots, life.spots, sizeof(life.spots)), 0);
	ck_assert_uint_eq(before.sessions, life.sessions);
	aa_ip_prefix(thief.ip, prefix);
	ck_assert_uint_eq(aa_site_trail_accounts(site, AA_TRAIL_ODD, prefix,
						 NULL, 0), 0);
	aa_life_free(&before);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		families_are_bounded,
		evidence_may_speak_for_the_owner,
		modes_of_detectors_say_what_counts,
		a_thief_is_stopped_and_told_why,
		one_family_never_stops,
		behaviour_alone_never_stops,
		a_new_prefix_alone_never_stops,
		a_cloud_never_stops,
		only_strangers_are_stopped,
		new_mail_stops_nobody,
		below_report_nobody_is_judged,
		names_of_detectors_are_theirs,
		asking_how_it_would_stand_leaves_no_trace,
	};

	return run_tests("score", tests, N_ELEMENTS(tests));
}
