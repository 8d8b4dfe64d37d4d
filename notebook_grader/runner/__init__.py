"""Running a notebook: its code in a sandbox, its tests on the other side of a wall.

engine     what the grader holds; processes: the warm one, judges, nurseries, students' processes
judge      runs a notebook: cells over there, tests here; flags: what deserves a look; fresh: other inputs
trusted    a student's process, from here; student and shell: the same, from inside
peer       two sides that call each other's functions; modules, optimizers, errors: what crosses how
channel    messages; wire: values
cell_run   how one cell went; outputs: what it shows, with a cap; verdict: what nbgrader and the student get to see
"""
