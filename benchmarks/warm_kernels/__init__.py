"""The engine that the split one is compared with: a kernel forked from a warm process, with tests and all in it."""
