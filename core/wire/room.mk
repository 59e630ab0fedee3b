# Build rules of core/wire.
