/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

/* Programs of the admin's, real ones: that they end, one way or the other. */

#include "../suite.h"
#include "lib.h"
#include "ioloop.h"
#include "lib-signals.h"
#include "notify-child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct ioloop *ioloop;
static char *error;
static bool ended;

static void setup(void)
{
	lib_init();
	ioloop = io_loop_create();
	lib_signals_init();
	notify_children_init();
	ended = FALSE;
}

static void teardown(void)
{
	notify_children_deinit();
	lib_signals_deinit();
	io_loop_destroy(&ioloop);
	i_free(error);
	lib_deinit();
}

static void child_ended(const char *text, void *context ATTR_UNUSED)
{
	error = i_strdup(text);
	ended = TRUE;
	io_loop_stop(ioloop);
}

/* Runs sh -c script to its end. */
static void run(const char *script, const char *input, unsigned int timeout_msecs)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const char *why = NULL;

	ck_assert_msg(notify_child_start(argv, input, timeout_msecs, child_ended,
					 NULL, &why) != NULL, "%s", why);
	ck_assert(!ended);
	io_loop_run(ioloop);
	ck_assert(ended);
}

START_TEST(who_takes_too_long_is_killed_with_what_it_started)
{
	char path[] = "/tmp/test-notify-child.XXXXXX", line[64];
	int fd = mkstemp(path);
	FILE *file;
	pid_t pid;

	ck_assert_int_ge(fd, 0);
	run(t_strdup_printf("sleep 1000 & echo $! >%s; echo waiting; wait", path), "",
	    500);
	ck_assert_str_eq(error, "took longer than 0 s and was killed: waiting");
	file = fdopen(fd, "r");
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	unlink(path);
	pid = atoi(line);
	ck_assert_int_gt(pid, 1);
	/* It may be a zombie of whoever adopts it until that one looks. */
	for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++) {
		file = fopen(t_strdup_printf("/proc/%d/stat", (int)pid), "r");
		if (file == NULL)
			return;
		if (fscanf(file, "%*d (%*[^)]) %1s", line) == 1 && *line == 'Z') {
			fclose(file);
			return;
		}
		fclose(file);
		usleep(10000);
	}
	ck_assert_int_ne(kill(pid, 0), 0);
}
END_TEST

START_TEST(who_ignores_signals_is_killed_all_the_same)
{
	run("trap '' TERM INT HUP; while :; do sleep 1; done", "", 200);
	ck_assert_str_eq(error, "took longer than 0 s and was killed");
}
END_TEST

/* Nothing else of the service would run as long as it is listened to. */
START_TEST(who_never_stops_talking_is_killed)
{
	run("yes & yes & yes & yes & exec yes", "", 500);
	ck_assert_str_eq(error, "took longer than 0 s and was killed: y");
}
END_TEST

static const struct {
	const char *script, *input, *error;
} ends[] = {
	{ "exit 0", "", NULL },
	{ "exit 3", "", "ended with status 3" },
	{ "echo no pager here; echo more; exit 3", "",
	  "ended with status 3: no pager here" },
	{ "kill -9 $$", "", "died of signal 9" },
	{ "read -r line; test \"$line\" = told", "told\n", NULL },
	/* Who does not read its input is no failure. */
	{ "exit 0", "never read\n", NULL },
};

START_TEST(how_it_ended_is_told)
{
	run(ends[_i].script, ends[_i].input, 60000);
	if (ends[_i].error == NULL)
		ck_assert_ptr_null(error);
	else
		ck_assert_str_eq(error, ends[_i].error);
}
END_TEST

START_TEST(what_is_no_program_fails)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	const char *why = NULL;

	ck_assert_ptr_nonnull(notify_child_start(argv, "", 60000, child_ended, NULL,
						 &why));
	io_loop_run(ioloop);
	ck_assert_str_eq(error, "ended with status 127: cannot be executed");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, who_takes_too_long_is_killed_with_what_it_started);
	tcase_add_test(tcase, who_ignores_signals_is_killed_all_the_same);
	tcase_add_test(tcase, who_never_stops_talking_is_killed);
	tcase_add_loop_test(tcase, how_it_ended_is_told, 0, N_ELEMENTS(ends));
	tcase_add_test(tcase, what_is_no_program_fails);
}

int main(void)
{
	return suite_main("service/notify-child", add_tests);
}
