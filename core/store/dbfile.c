/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FILE_MODE 0640

/* A write-ahead log needs memory that all processes share and locks that all
   respect. These promise neither, whatever the mount options say. */
static const struct {
	unsigned long type;
	const char *name;
} refused_fs[] = {
	{ 0x6969, "NFS" },
	{ 0x517b, "SMB" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB 2" },
	{ 0x65735546, "FUSE or virtiofs" },
	{ 0x01021997, "9P" },
	{ 0x5346414f, "AFS" },
	{ 0x00c36400, "Ceph" },
	{ 0x7461636f, "OCFS2" },
	{ 0x01161970, "GFS2" }
};

static int path_error(struct aa_err *err, const char *what, const char *path)
{
	return aa_err_set(err, AA_ERR_IO, "%s %s: %s", what, path, strerror(errno));
}

/* The path with a suffix; too long a path gets an error. */
static int path_with(char path_r[AA_DBFILE_PATH_MAX], const char *path, const char *suffix,
		     struct aa_err *err)
{
	int len = snprintf(path_r, AA_DBFILE_PATH_MAX, "%s%s", path, suffix);

	if (len >= 0 && len < AA_DBFILE_PATH_MAX)
		return 0;
	return aa_err_set(err, AA_ERR_INVALID, "The path of the database is too long");
}

static int check_regular(const char *path, const struct stat *st, struct aa_err *err)
{
	if (S_ISLNK(st->st_mode))
		return aa_err_set(err, AA_ERR_INVALID,
				  "%s is a symbolic link: give the path of the file itself", path);
	if (!S_ISREG(st->st_mode))
		return aa_err_set(err, AA_ERR_INVALID, "%s is not a regular file", path);
	if (st->st_nlink > 1)
		return aa_err_set(err, AA_ERR_INVALID,
				  "%s has a second name (hard link): remove one of them", path);
	return 0;
}

static int check_files(const char *path, struct aa_err *err)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char file[AA_DBFILE_PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (path_with(file, path, suffixes[i], err) < 0)
			return -1;
		if (lstat(file, &st) < 0) {
			if (errno != ENOENT)
				return path_error(err, "Cannot look at", file);
		} else if (check_regular(file, &st, err) < 0) {
			return -1;
		}
	}
	return 0;
}

const char *aa_dbfile_refuse_fs(unsigned long type)
{
	for (size_t i = 0; i < sizeof(refused_fs) / sizeof(refused_fs[0]); i++) {
		if (refused_fs[i].type == (type & 0xffffffff))
			return refused_fs[i].name;
	}
	return NULL;
}

static int check_directory(const char *path, struct aa_err *err)
{
	char dir[AA_DBFILE_PATH_MAX];
	const char *fs_name;
	struct statfs fs;
	struct stat st;
	char *slash;

	if (path_with(dir, path, "", err) < 0)
		return -1;
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return aa_err_set(err, AA_ERR_INVALID, "%s is not an absolute path", path);
	slash[slash == dir ? 1 : 0] = '\0';
	if (stat(dir, &st) < 0 || statfs(dir, &fs) < 0)
		return path_error(err, "Cannot use the directory", dir);
	if ((st.st_mode & S_IWOTH) != 0)
		return aa_err_set(err, AA_ERR_INVALID, "Everybody may write to %s, so anybody "
				  "could replace the database: chmod o-w it", dir);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return aa_err_set(err, AA_ERR_INVALID, "%s belongs to uid %lu: it must belong to "
				  "this user (uid %lu) or root", dir,
				  (unsigned long)st.st_uid, (unsigned long)geteuid());
	fs_name = aa_dbfile_refuse_fs((unsigned long)fs.f_type);
	if (fs_name != NULL)
		return aa_err_set(err, AA_ERR_INVALID, "%s is on %s, where databases with a "
				  "write-ahead log get damaged: use a local disk", dir, fs_name);
	return 0;
}

int aa_dbfile_check(const char *path, bool for_writing, struct aa_err *err)
{
	if (for_writing && check_directory(path, err) < 0)
		return -1;
	return check_files(path, err);
}

int aa_dbfile_create(const char *path, struct aa_err *err)
{
	/* Only a file that nobody has open yet may be opened and closed here. */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		return errno == EEXIST ? 0 : path_error(err, "Cannot create", path);
	(void)close(fd);
	return 0;
}

static int exists_error(struct aa_err *err, const char *path)
{
	return aa_err_set(err, AA_ERR_INVALID, "%s exists already: nothing is written over it",
			  path);
}

int aa_dbfile_create_new(const char *path, struct aa_err *err)
{
	static const char *const suffixes[] = { "-wal", "-shm", "-journal" };
	char file[AA_DBFILE_PATH_MAX];
	struct stat st;
	int fd;

	/* SQLite would take them for the file's own. */
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (path_with(file, path, suffixes[i], err) < 0)
			return -1;
		if (lstat(file, &st) == 0)
			return exists_error(err, file);
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? exists_error(err, path) :
			path_error(err, "Cannot create", path);
	(void)close(fd);
	return 0;
}

void aa_dbfile_remove(const char *path)
{
	char journal[AA_DBFILE_PATH_MAX];

	if (path_with(journal, path, "-journal", NULL) == 0)
		(void)unlink(journal);
	(void)unlink(path);
}

static int sync_one(const char *path, int flags, struct aa_err *err)
{
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC), ret = 0;

	if (fd < 0 || fsync(fd) < 0)
		ret = path_error(err, "Cannot sync", path);
	if (fd >= 0)
		(void)close(fd);
	return ret;
}

int aa_dbfile_sync(const char *path, struct aa_err *err)
{
	char dir[AA_DBFILE_PATH_MAX];
	char *slash;

	if (path_with(dir, path, "", err) < 0 || sync_one(path, O_RDONLY, err) < 0)
		return -1;
	slash = strrchr(dir, '/');
	if (slash != NULL)
		slash[slash == dir ? 1 : 0] = '\0';
	return sync_one(slash == NULL ? "." : dir, O_RDONLY | O_DIRECTORY, err);
}

static int lock_busy(int fd, const char *file, struct aa_err *err)
{
	char pid[24];
	ssize_t len = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[len < 0 ? 0 : len] = '\0';
	return aa_err_set(err, AA_ERR_BUSY, "%s is locked by pid %ld: this one waits for its end",
			  file, strtol(pid, NULL, 10));
}

static int lock_file(int fd, const char *file, struct aa_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return path_error(err, "Cannot look at", file);
	if (check_regular(file, &st, err) < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? lock_busy(fd, file, err) :
			path_error(err, "Cannot lock", file);
	/* The number is for people: on a full disk the lock holds without it. */
	if (ftruncate(fd, 0) == 0)
		(void)dprintf(fd, "%ld\n", (long)getpid());
	return 0;
}

int aa_dbfile_lock(const char *path, int *fd_r, struct aa_err *err)
{
	char file[AA_DBFILE_PATH_MAX];
	int fd;

	if (path_with(file, path, ".lock", err) < 0)
		return -1;
	fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
	if (fd < 0)
		return path_error(err, "Cannot open", file);
	if (lock_file(fd, file, err) < 0) {
		(void)close(fd);
		return -1;
	}
	*fd_r = fd;
	return 0;
}

void aa_dbfile_unlock(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void aa_dbfile_identify(const char *path, struct aa_dbfile_id *id_r)
{
	static const char *const suffixes[AA_DBFILE_ID_FILES] = { "", "-wal", ".lock" };
	char file[AA_DBFILE_PATH_MAX];
	struct stat st;

	memset(id_r, 0, sizeof(*id_r));
	for (unsigned int i = 0; i < AA_DBFILE_ID_FILES; i++) {
		/* A second name counts as no file: somebody is about to swap it. */
		if (path_with(file, path, suffixes[i], NULL) < 0 ||
		    lstat(file, &st) < 0 || st.st_nlink != 1)
			continue;
		id_r->dev[i] = st.st_dev;
		id_r->ino[i] = st.st_ino;
	}
}

bool aa_dbfile_same(const struct aa_dbfile_id *a, const struct aa_dbfile_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void aa_dbfile_clear_away(const char *path, const struct aa_dbfile_id *id)
{
	static const char *const suffixes[] = { "-wal", "-shm" };
	char file[AA_DBFILE_PATH_MAX];
	struct aa_dbfile_id now;

	aa_dbfile_identify(path, &now);
	if (now.ino[1] == 0 || now.ino[1] != id->ino[1] || now.dev[1] != id->dev[1])
		return;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (path_with(file, path, suffixes[i], NULL) == 0)
			(void)unlink(file);
	}
}
