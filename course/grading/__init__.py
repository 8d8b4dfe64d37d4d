"""Grading a class: hand-ins are mended, run, marked in nbgrader's gradebook, and reported.

intake     from what was handed in to notebooks that can be graded
split      a notebook's run, its code shut in and its tests outside
classroom  the whole class: many processes, results on disk, one writer
marks      gradebook, feedback, exports
executor   the engine in the place of nbgrader's Execute, for formgrader and `nbgrader autograde`
commands   release, grade, feedback, export; scale_commands: collect, regrade; sample: the class of `course demo`
"""
