# Build rules of sql.
