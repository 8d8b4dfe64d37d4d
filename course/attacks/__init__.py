"""Attacks on the grader, graded by an engine behind a guard.

recipes   the attacks and faults, each with the mark that it deserves
suite     chooses among them, and makes the course that they are made for
guard     the box that no attack leaves, whatever the engine
canaries  what shows that an attack worked: files, ports, processes, scripts
batch     one class of attackers and their honest classmates
inside    grades a batch within the guard
engines   stock nbgrader, ours, or another one by name
runs      all batches of an engine, and their record in build/attacks
table     attack by engine
command   `course attacks`
"""
