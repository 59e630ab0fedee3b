# Build rules of dovecot/compat.
