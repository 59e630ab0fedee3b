# Build rules of doc.
