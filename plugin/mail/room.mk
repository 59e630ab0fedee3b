# Build rules of plugin/mail.
