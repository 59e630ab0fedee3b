/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "schema.h"

#include <stdio.h>

/* "AAud": set by schema.sql. */
#define APPLICATION_ID 0x41417564

static const char *statement(const char *name)
{
	return aa_sql_find(aa_sql_statements, name);
}

static int number(struct aa_db *db, const char *name, int64_t *value_r, struct aa_err *err)
{
	return aa_db_number(db, statement(name), value_r, err);
}

int aa_schema_check(struct aa_db *db, unsigned int version, unsigned int *version_r,
		    struct aa_err *err)
{
	int64_t id, found, tables;

	if (number(db, "application_id", &id, err) < 0 ||
	    number(db, "user_version", &found, err) < 0 ||
	    number(db, "table_count", &tables, err) < 0)
		return -1;
	*version_r = 0;
	if (id == 0 && found == 0 && tables == 0)
		return 0;
	if (id != APPLICATION_ID || found < 1)
		return aa_err_set(err, AA_ERR_CORRUPT, "The database belongs to another program: "
				  "move it away or set another path");
	if (found > version)
		return aa_err_set(err, AA_ERR_NEWER, "The database has version %lld, this "
				  "program knows versions up to %u: install the newer program "
				  "again, or move the database away", (long long)found, version);
	*version_r = (unsigned int)found;
	return 0;
}

/* Runs a script and the views, and sees to it that the version is then the one
   that it should lead to. */
static int run_step(struct aa_db *db, const char *script, unsigned int version,
		    struct aa_err *err)
{
	int64_t reached;

	if (aa_db_run(db, script, err) < 0 ||
	    aa_db_run(db, aa_sql_find(aa_sql_scripts, "views"), err) < 0 ||
	    number(db, "user_version", &reached, err) < 0)
		return -1;
	if (reached != version)
		return aa_err_set(err, AA_ERR_INVALID, "The script for version %u of the database "
				  "leads to version %lld", version, (long long)reached);
	return 0;
}

static int step_to(struct aa_db *db, const char *script, unsigned int version,
		   struct aa_err *err)
{
	if (script == NULL)
		return aa_err_set(err, AA_ERR_INVALID,
				  "There is no script for version %u of the database", version);
	if (aa_db_run(db, statement("begin_write"), err) < 0)
		return -1;
	if (run_step(db, script, version, err) < 0 ||
	    aa_db_run(db, statement("commit"), err) < 0) {
		(void)aa_db_run(db, statement("rollback"), NULL);
		return -1;
	}
	return 0;
}

int aa_schema_ensure(struct aa_db *db, const struct aa_sql *migrations,
		     unsigned int version, struct aa_err *err)
{
	unsigned int found;
	char name[16];

	if (aa_schema_check(db, version, &found, err) < 0)
		return -1;
	if (found == 0) {
		if (step_to(db, aa_sql_find(aa_sql_scripts, "schema"),
			    AA_SCHEMA_VERSION, err) < 0)
			return -1;
		found = AA_SCHEMA_VERSION;
	}
	for (; found < version; found++) {
		(void)snprintf(name, sizeof(name), "%04u", found + 1);
		if (step_to(db, aa_sql_find(migrations, name), found + 1, err) < 0)
			return -1;
	}
	return 0;
}
