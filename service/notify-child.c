/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#define _GNU_SOURCE /* memfd_create(), pipe2(), close_range() */
#include "lib.h"
#include "child-wait.h"
#include "ioloop.h"
#include "str.h"
#include "write-full.h"
#include "notify-child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is kept of what it says. */
#define CHILD_SAID_MAX 200
/* So much is read at a time: who talks without end must not stop the service. */
#define CHILD_READS_MAX 64

struct notify_child {
	pid_t pid;
	int fd_said;
	struct io *io_said;
	struct timeout *to_end;
	struct child_wait *wait;
	string_t *said;
	unsigned int timeout_msecs;
	bool killed;
	notify_child_callback_t *callback;
	void *context;
};

void notify_children_init(void)
{
	child_wait_init();
}

void notify_children_deinit(void)
{
	child_wait_deinit();
}

static void child_free(struct notify_child *child)
{
	io_remove(&child->io_said);
	timeout_remove(&child->to_end);
	i_close_fd(&child->fd_said);
	str_free(&child->said);
	i_free(child);
}

void notify_child_forget(struct notify_child **_child)
{
	struct notify_child *child = *_child;

	*_child = NULL;
	if (child->wait != NULL)
		child_wait_free(&child->wait);
	child_free(child);
}

/* Reads all of it, so that the child never waits, and keeps the beginning. */
static void child_hear(struct notify_child *child)
{
	char data[1024];
	unsigned int reads = 0;
	ssize_t ret;

	while ((ret = read(child->fd_said, data, sizeof(data))) > 0) {
		if (str_len(child->said) < CHILD_SAID_MAX) {
			str_append_data(child->said, data, I_MIN((size_t)ret,
				CHILD_SAID_MAX - str_len(child->said)));
		}
		if (++reads == CHILD_READS_MAX)
			return;
	}
	if (ret == 0 || errno != EAGAIN)
		io_remove(&child->io_said);
}

static const char *child_said(const struct notify_child *child)
{
	const char *text = t_strcut(str_c(child->said), '\n');

	return *text == '\0' ? "" : t_strconcat(": ", text, NULL);
}

static const char *child_error(const struct notify_child *child, int status)
{
	if (child->killed) {
		return t_strdup_printf("took longer than %u s and was killed%s",
				       child->timeout_msecs / 1000,
				       child_said(child));
	}
	if (WIFSIGNALED(status)) {
		return t_strdup_printf("died of signal %d%s", WTERMSIG(status),
				       child_said(child));
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	return t_strdup_printf("ended with status %d%s", WEXITSTATUS(status),
			       child_said(child));
}

static void
child_ended(const struct child_wait_status *status, struct notify_child *child)
{
	notify_child_callback_t *callback = child->callback;
	void *context = child->context;
	const char *error;

	child_hear(child);
	error = child_error(child, status->status);
	/* It has taken the pid out itself, and holds on to wait no longer. */
	child_wait_free(&child->wait);
	child_free(child);
	callback(error, context);
}

static void child_too_long(struct notify_child *child)
{
	child->killed = TRUE;
	timeout_remove(&child->to_end);
	/* Its session: what it started ends with it. */
	if (kill(-child->pid, SIGKILL) < 0)
		(void)kill(child->pid, SIGKILL);
}

/* After fork() in a process with threads: only what is async-signal-safe. */
static void ATTR_NORETURN
child_exec(char *const *argv, int fd_input, int fd_said)
{
	static char path[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = { path, NULL };
	static const char failed[] = "cannot be executed\n";
	sigset_t none;
	int sig;

	(void)setsid();
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd_input, STDIN_FILENO) >= 0 &&
	    dup2(fd_said, STDOUT_FILENO) >= 0 &&
	    dup2(fd_said, STDERR_FILENO) >= 0 && chdir("/") == 0) {
		/* The log of the master, sockets, the database. */
		if (close_range(STDERR_FILENO + 1, ~0U, 0) < 0) {
			for (sig = STDERR_FILENO + 1; sig < 65536; sig++)
				(void)close(sig);
		}
		(void)execve(argv[0], argv, env);
	}
	if (write(STDERR_FILENO, failed, sizeof(failed) - 1) < 0)
		_exit(126);
	_exit(127);
}

/* A file in memory: writing to it never waits for the reader. */
static int child_input(const char *input, const char **error_r)
{
	int fd = memfd_create("access-audit", MFD_CLOEXEC);

	if (fd < 0 || write_full(fd, input, strlen(input)) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		*error_r = t_strdup_printf("cannot prepare its input: %m");
		i_close_fd(&fd);
		return -1;
	}
	return fd;
}

static pid_t
child_fork(const char *const *argv, int fd_input, const int fd_said[2])
{
	/* Nothing is allocated between fork() and execve(). */
	char *const *args = (char *const *)argv;
	pid_t pid = fork();

	if (pid == 0)
		child_exec(args, fd_input, fd_said[1]);
	return pid;
}

/* Returns its pid, with an end of a pipe that hears what it says; or -1. */
static pid_t child_spawn(const char *const *argv, const char *input,
			 int *fd_r, const char **error_r)
{
	int fd_said[2], fd_input = child_input(input, error_r);
	pid_t pid;

	if (fd_input < 0)
		return -1;
	if (pipe2(fd_said, O_CLOEXEC | O_NONBLOCK) < 0) {
		*error_r = t_strdup_printf("pipe2() failed: %m");
		i_close_fd(&fd_input);
		return -1;
	}
	/* Only our end must never wait. */
	(void)fcntl(fd_said[1], F_SETFL, 0);
	pid = child_fork(argv, fd_input, fd_said);
	if (pid < 0) {
		*error_r = t_strdup_printf("fork() failed: %m");
		i_close_fd(&fd_said[0]);
	}
	i_close_fd(&fd_input);
	i_close_fd(&fd_said[1]);
	*fd_r = fd_said[0];
	return pid;
}

struct notify_child *
notify_child_start(const char *const *argv, const char *input,
		   unsigned int timeout_msecs,
		   notify_child_callback_t *callback, void *context,
		   const char **error_r)
{
	struct notify_child *child;
	int fd = -1;
	pid_t pid = child_spawn(argv, input, &fd, error_r);

	if (pid < 0)
		return NULL;
	child = i_new(struct notify_child, 1);
	child->pid = pid;
	child->fd_said = fd;
	child->said = str_new(default_pool, 128);
	child->timeout_msecs = timeout_msecs;
	child->callback = callback;
	child->context = context;
	child->io_said = io_add(fd, IO_READ, child_hear, child);
	child->to_end = timeout_add(timeout_msecs, child_too_long, child);
	child->wait = child_wait_new_with_pid(pid, child_ended, child);
	return child;
}
