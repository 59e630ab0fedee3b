# Build rules of plugin/pop3.
