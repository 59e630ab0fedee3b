# Build rules of core/engine.
