# Build rules of service.
