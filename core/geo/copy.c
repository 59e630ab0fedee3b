/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#define _GNU_SOURCE /* memfd_create(), mkostemp() */

#include "copy.h"
#include "geo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COPY_TEMP_NAME "/tmp/access-audit-geo.XXXXXX"

void aa_file_id_of(const struct stat *st, struct aa_file_id *id_r)
{
	id_r->dev = st->st_dev;
	id_r->ino = st->st_ino;
	id_r->size = st->st_size;
	id_r->mtime = st->st_mtim;
}

bool aa_file_id_equal(const struct aa_file_id *a, const struct aa_file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
		a->mtime.tv_sec == b->mtime.tv_sec &&
		a->mtime.tv_nsec == b->mtime.tv_nsec;
}

static int system_error(struct aa_err *err, const char *what)
{
	return aa_err_set(err, AA_ERR_IO, "%s: %s", what, strerror(errno));
}

static bool copy_in_memory(struct aa_copy *copy, const char *fd_dir)
{
	copy->fd = memfd_create("access-audit-geo", MFD_CLOEXEC);
	if (copy->fd < 0)
		return false;
	(void)snprintf(copy->name, sizeof(copy->name), "%s/%d", fd_dir, copy->fd);
	if (access(copy->name, R_OK) == 0)
		return true;
	(void)close(copy->fd);
	return false;
}

static int
copy_create(struct aa_copy *copy, const char *fd_dir, struct aa_err *err)
{
	copy->is_temp = !copy_in_memory(copy, fd_dir);
	if (!copy->is_temp)
		return 0;
	memcpy(copy->name, COPY_TEMP_NAME, sizeof(COPY_TEMP_NAME));
	copy->fd = mkostemp(copy->name, O_CLOEXEC);
	return copy->fd < 0 ? system_error(err, copy->name) : 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t ret = write(fd, data, len);

		if (ret < 0 && errno != EINTR)
			return -1;
		if (ret > 0) {
			data += ret;
			len -= (size_t)ret;
		}
	}
	return 0;
}

/* Reading a file that is being cut is harmless: it just ends. */
static int copy_bytes(int from, int to, struct aa_err *err)
{
	int64_t total = 0;
	char buf[65536];
	ssize_t ret;

	while ((ret = read(from, buf, sizeof(buf))) != 0) {
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return system_error(err, "cannot be read");
		total += ret;
		if (total > AA_GEO_MAX_BYTES)
			break;
		if (write_all(to, buf, (size_t)ret) < 0)
			return system_error(err, "cannot be copied");
	}
	return 0;
}

static int file_check(int fd, struct aa_file_id *id_r, struct aa_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return system_error(err, "fstat");
	aa_file_id_of(&st, id_r);
	if (!S_ISREG(st.st_mode))
		return aa_err_set(err, AA_ERR_INVALID, "not a regular file");
	if (st.st_size == 0)
		return aa_err_set(err, AA_ERR_CORRUPT, "it is empty");
	if (st.st_size > AA_GEO_MAX_BYTES) {
		return aa_err_set(err, AA_ERR_LIMIT,
			"larger than %d MB: use a database with less detail",
			(int)(AA_GEO_MAX_BYTES / 1024 / 1024));
	}
	return 0;
}

static int
copy_open_file(int from, const char *fd_dir, struct aa_copy *copy,
	       struct aa_file_id *id_r, struct aa_err *err)
{
	struct aa_file_id after;

	if (file_check(from, id_r, err) < 0 || copy_create(copy, fd_dir, err) < 0)
		return -1;
	if (copy_bytes(from, copy->fd, err) < 0 ||
	    file_check(from, &after, err) < 0) {
		aa_copy_drop(copy);
		return -1;
	}
	if (!aa_file_id_equal(id_r, &after)) {
		aa_copy_drop(copy);
		return aa_err_set(err, AA_ERR_IO,
			"it changes while it is read; tried again soon");
	}
	return 0;
}

int aa_copy_make(const char *path, const char *fd_dir, struct aa_copy *copy_r,
		 struct aa_file_id *id_r, struct aa_err *err)
{
	/* O_NONBLOCK: a FIFO must not hold the service. */
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	if (from < 0)
		return system_error(err, "cannot be opened");
	ret = copy_open_file(from, fd_dir, copy_r, id_r, err);
	(void)close(from);
	return ret;
}

void aa_copy_drop(struct aa_copy *copy)
{
	(void)close(copy->fd);
	if (copy->is_temp)
		(void)unlink(copy->name);
}
