# Build rules of tests/tools.
