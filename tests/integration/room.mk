# Build rules of tests/integration.
