# Build rules of core/base.
