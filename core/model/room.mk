# Build rules of core/model.
