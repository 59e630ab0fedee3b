-- What each connection is set to. trusted_schema and cell_size_check because the
-- file may have been in other hands; no mapping, so that a file that is cut short
-- is an error and not a signal.

-- The one that writes. What is deleted is overwritten, so that it is gone; the file
-- can give back what it does not need. An acknowledgement follows the COMMIT, so each COMMIT
-- syncs. Checkpoints are the writer's own business (home.c).
-- name: writer
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA secure_delete = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 16777216;

-- name: reader
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA query_only = ON;

-- The copy that a backup is.
-- name: backup
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA journal_mode = DELETE;
