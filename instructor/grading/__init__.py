"""Grading a class: hand-ins are mended (intake), run (executor), marked by nbgrader, and reported.

handins   which files a folder holds, of which student and chapter
reading   one file, as cells that can be trusted to be cells
matching  which handed-in cell belongs to which released one
intake    a clean notebook out of both, and what was mended
kernel    a process that runs cells, with limits
executor  the preprocessor that stands in the place of nbgrader's Execute
verdict   what of a cell's outputs nbgrader and the student get to see
gradebook the class directory, and marks read from nbgrader's gradebook
classroom the whole class, one submission at a time
"""
