# Build rules of dovecot/settings.
