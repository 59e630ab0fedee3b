#ifndef AA_DBFILE_H
#define AA_DBFILE_H

#include "err.h"

#include <stdbool.h>

/* The database as files: what is checked before SQLite touches them, and who may
   touch them at all. Nothing here opens the database, its -wal or its -shm once
   SQLite has: closing any descriptor of such a file would drop the locks that
   SQLite holds on it in this process. All but the lock is lstat(). */

#define AA_DBFILE_PATH_MAX 4096

/* The database and its sidecars are regular files with one name each, or not
   there. With for_writing their directory is ours or root's, not everybody can
   write to it, and its file system is one on which a write-ahead log can be
   shared. Codes: AA_ERR_INVALID, AA_ERR_IO. */
int aa_dbfile_check(const char *path, bool for_writing, struct aa_err *err);

/* Why a file system of this statfs(2) type is refused, or NULL. */
const char *aa_dbfile_refuse_fs(unsigned long type);

/* Makes an empty file of mode 0640 if there is none. */
int aa_dbfile_create(const char *path, struct aa_err *err);

/* Makes an empty file of mode 0600 where nothing stands, else AA_ERR_INVALID. */
int aa_dbfile_create_new(const char *path, struct aa_err *err);
/* Removes what aa_dbfile_create_new() made and SQLite's journal beside it. */
void aa_dbfile_remove(const char *path);
/* Syncs the file and the name that it has in its directory; nobody may have it
   open. */
int aa_dbfile_sync(const char *path, struct aa_err *err);

/* Takes "<path>.lock" for this process; AA_ERR_BUSY names the one that has it.
   Held until aa_dbfile_unlock() or the end of the process. */
int aa_dbfile_lock(const char *path, int *fd_r, struct aa_err *err);
void aa_dbfile_unlock(int *fd);

/* Which files stand at the path, its -wal and its .lock right now. */
#define AA_DBFILE_ID_FILES 3
struct aa_dbfile_id {
	unsigned long long dev[AA_DBFILE_ID_FILES], ino[AA_DBFILE_ID_FILES];	/* 0 none */
};
void aa_dbfile_identify(const char *path, struct aa_dbfile_id *id_r);
bool aa_dbfile_same(const struct aa_dbfile_id *a, const struct aa_dbfile_id *b);
/* For a database that was moved away and is closed now: removes the -wal and -shm
   that it left behind, if the -wal is still the one of id. Beside another
   database they would be taken for its own. */
void aa_dbfile_clear_away(const char *path, const struct aa_dbfile_id *id);

#endif
