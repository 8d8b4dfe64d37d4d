"""Grading a class: hand-ins are mended (intake), run (executor), marked by nbgrader, and reported.

handins    which files a folder holds, of which student and chapter
receiving  a platform's download made into such a folder: archives (what is in them), lms_names (whose), sorting
reading    one file, as cells that can be trusted to be cells
matching   which handed-in cell belongs to which released one
intake     a clean notebook out of both, and what was mended
kernel     a process that runs cells, with limits
processes  how such a process starts; nursery is the warm one that it is forked from
executor   the preprocessor that stands in the place of nbgrader's Execute
outputs    what a cell shows, collected with a cap
verdict    what of it nbgrader and the student get to see
gradebook  the class directory, and marks read from nbgrader's gradebook
submission one submission as data, its key, its grading; environment: what the key counts besides
taking_in  from a hand-in to a submission
store      results on disk, by key
pool       the processes that grade, here or on a Dask cluster; worker: what happens in one
writer     the one writer into nbgrader's gradebook
classroom  the whole class: intake, pool, store, writer
shards     a class in shares, and their collection; regrade: one student again
feedback   what nbgrader's pages leave out; feedback_pages writes them
scores     all marks of a class in one reading
export     marks for other programs: export_canvas, export_moodle; _columns of marks, _match of people, _roster files
tables     marks for the screen
commands   release, grade, feedback, export; scale_commands: collect, regrade; sample: the class of `course demo`
"""
