"""A submission and its result, and the results on disk: what a run that was stopped goes on from."""
