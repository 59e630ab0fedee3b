# Build rules of plugin/doveadm.
