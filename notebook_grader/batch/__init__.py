"""A whole class: graded on many processes, stopped and continued, brought into the gradebook once.

run     the class: intake, pool, store, writer
pool    the processes that grade, here or on a Dask cluster; worker: what happens in one
shards  a class in shares, and their collection; regrade: one student again
"""
