"""What comes out: marks, feedback, and files for other programs.

gradebook  the class directory, and marks read from nbgrader's gradebook
scores     all marks of a class in one reading; tables: marks for the screen
feedback   what nbgrader's pages leave out; feedback_pages writes them
export     marks for other programs: export_canvas, export_moodle; _columns of marks, _match of people, _roster files
"""
