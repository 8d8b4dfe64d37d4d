"""Grading a class: hand-ins are mended (intake), run (executor), marked by nbgrader, and reported.

handins    which files a folder holds, of which student and chapter
reading    one file, as cells that can be trusted to be cells
matching   which handed-in cell belongs to which released one
intake     a clean notebook out of both, and what was mended
kernel     a process that runs cells, with limits
processes  how such a process starts; nursery is the warm one that it is forked from
executor   the preprocessor that stands in the place of nbgrader's Execute
outputs    what a cell shows, collected with a cap
verdict    what of it nbgrader and the student get to see
gradebook  the class directory, and marks read from nbgrader's gradebook
classroom  the whole class, one submission at a time
feedback   what nbgrader's pages leave out; feedback_pages writes them
export     marks for other programs; tables: marks for the screen
commands   release, grade, feedback, export; sample: the class of `course demo`
"""
