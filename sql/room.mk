# The SQL that is compiled in. A new file is named here; a test compares the list
# with what is there.
sql_scripts = \
	%D%/forget.sql \
	%D%/keep.sql \
	%D%/pragmas.sql \
	%D%/schema.sql \
	%D%/statements.sql \
	%D%/views.sql
sql_migrations = \
	%D%/migrations/0002.sql \
	%D%/migrations/0003.sql \
	%D%/migrations/0004.sql \
	%D%/migrations/0005.sql \
	%D%/migrations/0006.sql \
	%D%/migrations/0007.sql
# One statement a file; its name is the file's.
sql_reports = \
	%D%/report/access-account.sql \
	%D%/report/access-blocks.sql \
	%D%/report/access-campaigns.sql \
	%D%/report/access-days.sql \
	%D%/report/access-decoys.sql \
	%D%/report/access-failed-logins.sql \
	%D%/report/access-gaps.sql \
	%D%/report/access-incidents.sql \
	%D%/report/access-inquiries.sql \
	%D%/report/access-known.sql \
	%D%/report/access-messages.sql \
	%D%/report/access-notifications.sql \
	%D%/report/access-opened.sql \
	%D%/report/access-orders.sql \
	%D%/report/access-read-by-others.sql \
	%D%/report/access-reads.sql \
	%D%/report/access-searches.sql \
	%D%/report/access-sessions.sql \
	%D%/report/access-verdicts.sql \
	%D%/report/account.sql \
	%D%/report/anchor.sql \
	%D%/report/baseline.sql \
	%D%/report/baseline-days.sql \
	%D%/report/baseline-known.sql \
	%D%/report/blocks.sql \
	%D%/report/broken-forget.sql \
	%D%/report/canaries.sql \
	%D%/report/complete.sql \
	%D%/report/complete-removed.sql \
	%D%/report/export-incidents.sql \
	%D%/report/export-link.sql \
	%D%/report/export-reads.sql \
	%D%/report/export-searches.sql \
	%D%/report/export-sessions.sql \
	%D%/report/gaps.sql \
	%D%/report/gauges.sql \
	%D%/report/history.sql \
	%D%/report/import-failed.sql \
	%D%/report/import-gap.sql \
	%D%/report/import-known.sql \
	%D%/report/incident.sql \
	%D%/report/incidents.sql \
	%D%/report/inquiries.sql \
	%D%/report/message-name.sql \
	%D%/report/notification.sql \
	%D%/report/open-of.sql \
	%D%/report/open-sessions.sql \
	%D%/report/orders.sql \
	%D%/report/page-accounts.sql \
	%D%/report/page-days.sql \
	%D%/report/page-incident.sql \
	%D%/report/page-known.sql \
	%D%/report/page-measures.sql \
	%D%/report/page-messages.sql \
	%D%/report/page-reads.sql \
	%D%/report/page-searches.sql \
	%D%/report/page-sessions.sql \
	%D%/report/page-verdicts.sql \
	%D%/report/pivot-accounts.sql \
	%D%/report/pivot-address.sql \
	%D%/report/pivot-client.sql \
	%D%/report/pivot-network.sql \
	%D%/report/pivot-own.sql \
	%D%/report/pivot-tried.sql \
	%D%/report/reads.sql \
	%D%/report/scope.sql \
	%D%/report/scope-names.sql \
	%D%/report/searches.sql \
	%D%/report/searches-all.sql \
	%D%/report/sessions.sql \
	%D%/report/status.sql \
	%D%/report/target.sql \
	%D%/report/who-read.sql \
	%D%/report/who-read-box.sql \
	%D%/report/who-read-named.sql \
	%D%/report/who-read-names.sql \
	%D%/report/who-read-opened.sql \
	%D%/report/who-read-place.sql \
	%D%/report/why-blocks.sql \
	%D%/report/why.sql
sql_files = $(sql_scripts) $(sql_migrations) $(sql_reports)

EXTRA_DIST += %D%/embed.awk %D%/SCHEMA.md $(sql_files)
BUILT_SOURCES += %D%/sql-text.c
CLEANFILES += %D%/sql-text.c

%D%/sql-text.c: %D%/embed.awk $(sql_files) Makefile
	@$(MKDIR_P) %D%
	$(AM_V_GEN)cd $(srcdir) && $(AWK) -f %D%/embed.awk $(sql_files) \
		> $(abs_builddir)/$@.tmp && mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
