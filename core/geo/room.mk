# Build rules of core/geo.
