# Build rules of plugin/imap.
