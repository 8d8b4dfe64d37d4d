"""From what a class handed in to notebooks that can be graded.

handins    which files a folder holds, of which student and chapter
receiving  a platform's download made into such a folder: archives (what is in them), lms_names (whose), sorting
reading    one file, as cells that can be trusted to be cells
matching   which handed-in cell belongs to which released one
mending    a clean notebook out of both, and what was mended
taking_in  from a hand-in to a submission
"""
