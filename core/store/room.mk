# Build rules of core/store.
