"""A submission and its result, and the results on disk: what a run that was stopped goes on from.

submission   one submission as data, its key, its grading; environment: what the key counts besides
store        results on disk, by key
"""
