"""What comes out: marks, feedback, and files for other programs.

gradebook  the class directory, and marks read from nbgrader's gradebook
scores     all marks of a class in one reading; tables: marks for the screen
feedback   what nbgrader's pages leave out; feedback_pages writes them
writer     the one writer into nbgrader's gradebook
executor   the engine in the place of nbgrader's Execute, for formgrader and `nbgrader autograde`
"""
