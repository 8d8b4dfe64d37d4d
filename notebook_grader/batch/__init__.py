"""A whole class: graded on many processes, stopped and continued, brought into the gradebook once.

run          the class: intake, pool, store, writer
submission   one submission as data, its key, its grading; environment: what the key counts besides
store        results on disk, by key
pool         the processes that grade, here or on a Dask cluster; worker: what happens in one
writer       the one writer into nbgrader's gradebook
shards       a class in shares, and their collection; regrade: one student again
"""
