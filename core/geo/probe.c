/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "mmdb.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_CPU_S 2
#define PROBE_WAIT_MS 10000
/* Less than any process that looks up later has. */
#define PROBE_STACK_BYTES (1024 * 1024)

static void limit_to(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0 && limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(resource, &limit);
}

/* In the child: a copy of a process that may have threads, locks, open files
   and handlers at exit. It touches none of them, and memory stays bounded by
   what the service itself may have (vsz_limit). What it finds goes through the
   pipe. */
static void __attribute__((noreturn)) probe_child(int fd, const char *name)
{
	struct aa_err err = { .code = AA_OK };
	struct aa_mmdb *db;

	limit_to(RLIMIT_CPU, PROBE_CPU_S);
	limit_to(RLIMIT_STACK, PROBE_STACK_BYTES);
	limit_to(RLIMIT_CORE, 0);
	if (aa_mmdb_open(name, &db, &err) == 0)
		aa_mmdb_sample(db);
	_exit(write(fd, &err, sizeof(err)) < 0 ? 1 : 0);
}

/* Returns true if the child lived to tell. */
static bool probe_answer(int fd, struct aa_err *answer_r)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t ret;

	do {
		ret = poll(&poll_fd, 1, PROBE_WAIT_MS);
	} while (ret < 0 && errno == EINTR);
	if (ret <= 0)
		return false;
	/* So little is written and read in one go. */
	do {
		ret = read(fd, answer_r, sizeof(*answer_r));
	} while (ret < 0 && errno == EINTR);
	return ret == (ssize_t)sizeof(*answer_r);
}

/* Nobody but us waits for this child, and it must not stay behind. */
static void probe_end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int probe_wait(pid_t pid, int fd, struct aa_err *err)
{
	struct aa_err answer;
	bool answered = probe_answer(fd, &answer);

	probe_end(pid);
	if (!answered) {
		return aa_err_set(err, AA_ERR_CORRUPT,
			"reading from it ended the process that tried it");
	}
	if (answer.code == AA_OK)
		return 0;
	*err = answer;
	return -1;
}

int aa_mmdb_probe(const char *name, struct aa_err *err)
{
	int fds[2], ret;
	pid_t pid;

	if (pipe(fds) < 0)
		return aa_err_set(err, AA_ERR_IO, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		probe_child(fds[1], name);
	(void)close(fds[1]);
	if (pid < 0)
		ret = aa_err_set(err, AA_ERR_IO, "fork: %s", strerror(errno));
	else
		ret = probe_wait(pid, fds[0], err);
	(void)close(fds[0]);
	return ret;
}
