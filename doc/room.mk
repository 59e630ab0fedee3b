# Build rules of doc.

dist_man_MANS += \
	%D%/man/access-audit.8 \
	%D%/man/access-audit-replay.1 \
	%D%/man/doveadm-audit.1
dist_doc_DATA += %D%/DETECTION.md %D%/EVENTS.md %D%/EXPORT.md %D%/PRIVACY.md %D%/METRICS.md %D%/NOTIFY.md %D%/POLICY.md %D%/SETTINGS.md sql/SCHEMA.md

# Not under the name "doveadm": that is Dovecot's, see the file.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/bash-completion/_doveadm
