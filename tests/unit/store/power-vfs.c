/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "power-vfs.h"
#include "mem.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512
#define FILES_MAX 8

/* A write that no sync has followed; without data: a change of the size. */
struct pending {
	int64_t offset, size;
	uint8_t *data;
};

/* By its path, for as long as the process lives: a closed file is no synced one. */
struct disk_file {
	char path[512];
	sqlite3_file *handle;
	const sqlite3_io_methods *real;
	sqlite3_io_methods methods;
	uint8_t *image;			/* what is on the disk for certain */
	int64_t size;
	struct pending *pending;
	unsigned int count;
};

static struct power_disk disk;
static struct disk_file files[FILES_MAX];
static unsigned int file_count;
static sqlite3_vfs vfs;
static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* xorshift64*: the same seed fails in the same way. */
static unsigned int chance(unsigned int of)
{
	disk.seed ^= disk.seed >> 12;
	disk.seed ^= disk.seed << 25;
	disk.seed ^= disk.seed >> 27;
	return (unsigned int)(disk.seed * 2685821657736338717u >> 33) % of;
}

/* --- the image --- */

static void resize(struct disk_file *file, int64_t size)
{
	file->image = aa_realloc(file->image, (size_t)size + 1);
	if (size > file->size)
		memset(file->image + file->size, 0, (size_t)(size - file->size));
	file->size = size;
}

static void apply(struct disk_file *file, const uint8_t *data, int64_t offset, int64_t size)
{
	if (offset + size > file->size)
		resize(file, offset + size);
	memcpy(file->image + offset, data, (size_t)size);
}

static void apply_whole(struct disk_file *file, const struct pending *write)
{
	if (write->data == NULL)
		resize(file, write->size);
	else
		apply(file, write->data, write->offset, write->size);
}

/* Some writes come through whole or not at all; of others each sector has its fate. */
static void apply_torn(struct disk_file *file, const struct pending *write)
{
	unsigned int fate = chance(4);

	if (fate == 0)
		return;
	if (fate == 1 || write->data == NULL) {
		apply_whole(file, write);
		return;
	}
	for (int64_t at = 0; at < write->size; at += SECTOR) {
		int64_t size = write->size - at < SECTOR ? write->size - at : SECTOR;

		fate = chance(3);
		for (int64_t i = 0; fate == 0 && i < size; i++)
			write->data[at + i] = (uint8_t)chance(256);
		if (fate < 2)
			apply(file, write->data + at, write->offset + at, size);
	}
}

static void settle(struct disk_file *file,
		   void (*each)(struct disk_file *file, const struct pending *write))
{
	for (unsigned int i = 0; i < file->count; i++) {
		each(file, &file->pending[i]);
		free(file->pending[i].data);
	}
	file->count = 0;
}

static void leave_on_disk(const struct disk_file *file)
{
	int fd = open(file->path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	/* It was deleted. */
	if (fd < 0)
		return;
	if (file->size > 0 && write(fd, file->image, (size_t)file->size) != file->size)
		abort();
	(void)close(fd);
}

void power_vfs_fail(void)
{
	(void)pthread_mutex_lock(&lock);
	for (unsigned int i = 0; i < file_count; i++) {
		settle(&files[i], apply_torn);
		leave_on_disk(&files[i]);
	}
	_exit(POWER_FAILED);
}

/* --- between SQLite and the file --- */

static struct disk_file *file_of(const sqlite3_file *handle)
{
	for (unsigned int i = 0; i < file_count; i++) {
		if (files[i].handle == handle)
			return &files[i];
	}
	abort();
}

/* Holds the lock until the call is over; or the power fails before it. */
static void draw_power(void)
{
	if (disk.writes-- == 0)
		power_vfs_fail();
	(void)pthread_mutex_lock(&lock);
}

static void add_pending(struct disk_file *file, const void *data, int64_t offset, int64_t size)
{
	struct pending *write;

	file->pending = aa_realloc(file->pending, (file->count + 1) * sizeof(*file->pending));
	write = &file->pending[file->count++];
	write->offset = offset;
	write->size = size;
	write->data = data == NULL ? NULL :
		memcpy(aa_realloc(NULL, (size_t)size), data, (size_t)size);
}

static int disk_write(sqlite3_file *handle, const void *data, int size, sqlite3_int64 offset)
{
	struct disk_file *file = file_of(handle);

	draw_power();
	add_pending(file, data, offset, size);
	(void)pthread_mutex_unlock(&lock);
	return file->real->xWrite(handle, data, size, offset);
}

static int disk_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
	struct disk_file *file = file_of(handle);

	draw_power();
	add_pending(file, NULL, 0, size);
	(void)pthread_mutex_unlock(&lock);
	return file->real->xTruncate(handle, size);
}

/* Nothing is synced on the real disk: that never fails here. */
static int disk_sync(sqlite3_file *handle, int flags)
{
	(void)flags;
	draw_power();
	if (!disk.no_sync)
		settle(file_of(handle), apply_whole);
	(void)pthread_mutex_unlock(&lock);
	return SQLITE_OK;
}

static int disk_close(sqlite3_file *handle)
{
	struct disk_file *file = file_of(handle);

	file->handle = NULL;
	return file->real->xClose(handle);
}

static void read_image(struct disk_file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	resize(file, size);
	if (fd < 0 || pread(fd, file->image, (size_t)size, 0) != size)
		abort();
	(void)close(fd);
}

static struct disk_file *add_file(const char *name)
{
	struct disk_file *file = files;

	while (file < files + file_count && strcmp(file->path, name) != 0)
		file++;
	if (file < files + file_count)
		return file;
	if (file_count++ == FILES_MAX || strlen(name) >= sizeof(file->path))
		abort();
	strcpy(file->path, name);
	read_image(file);
	return file;
}

static void wrap(struct disk_file *file, sqlite3_file *handle)
{
	file->handle = handle;
	file->real = handle->pMethods;
	file->methods = *file->real;
	file->methods.xWrite = disk_write;
	file->methods.xTruncate = disk_truncate;
	file->methods.xSync = disk_sync;
	file->methods.xClose = disk_close;
	handle->pMethods = &file->methods;
}

static void forget_content(struct disk_file *file)
{
	for (unsigned int i = 0; i < file->count; i++)
		free(file->pending[i].data);
	file->count = 0;
	resize(file, 0);
}

static int disk_open(sqlite3_vfs *self, const char *name, sqlite3_file *handle, int flags,
		     int *flags_r)
{
	bool is_new = name == NULL || access(name, F_OK) != 0;
	struct disk_file *file = NULL;
	int rc;

	/* Before SQLite has locks on it, which another descriptor would drop. */
	if (!is_new)
		file = add_file(name);
	rc = real_open(self, name, handle, flags, flags_r);
	if (rc != SQLITE_OK || name == NULL)
		return rc;
	if (is_new) {
		file = add_file(name);
		forget_content(file);
	}
	wrap(file, handle);
	return SQLITE_OK;
}

/* --- synchronous=NORMAL --- */

static int ignore_synchronous(void *context, int action, const char *name, const char *value,
			      const char *schema, const char *trigger)
{
	(void)context;
	(void)schema;
	(void)trigger;
	return action == SQLITE_PRAGMA && value != NULL &&
		sqlite3_stricmp(name, "synchronous") == 0 ? SQLITE_IGNORE : SQLITE_OK;
}

static int make_normal(sqlite3 *db, const char **error_r,
		       const struct sqlite3_api_routines *api)
{
	(void)error_r;
	(void)api;
	(void)sqlite3_exec(db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
	return sqlite3_set_authorizer(db, ignore_synchronous, NULL);
}

void power_vfs_begin(const struct power_disk *_disk)
{
	disk = *_disk;
	disk.seed = disk.seed * 2862933555777941757u + 3037000493u;
	vfs = *sqlite3_vfs_find(NULL);
	vfs.zName = "aa-power";
	real_open = vfs.xOpen;
	vfs.xOpen = disk_open;
	if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK ||
	    (disk.normal && sqlite3_auto_extension((void (*)(void))make_normal) != SQLITE_OK))
		abort();
}
