#ifndef AA_SQL_H
#define AA_SQL_H

/* The SQL of sql/, compiled in by sql/embed.awk: no C file contains SQL of its
   own. Each list ends with a NULL name. */
struct aa_sql {
	const char *name, *text;
};
extern const struct aa_sql aa_sql_scripts[];	/* schema views writer reader */
extern const struct aa_sql aa_sql_statements[];
extern const struct aa_sql aa_sql_reports[];	/* by file name */
extern const struct aa_sql aa_sql_migrations[];	/* "0002" leads to version 2 */

/* Returns NULL if there is none of this name. */
const char *aa_sql_find(const struct aa_sql *list, const char *name);

#endif
