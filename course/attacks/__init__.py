"""Attacks on the grader: the suite of tests/attacks, graded by three engines behind a guard.

suite     loads the attacks, and the course that they are made for
guard     the box that no attack leaves, whatever the engine
canaries  what shows that an attack worked: files, ports, processes, scripts
batch     one class of attackers and their honest classmates
inside    grades a batch within the guard
engines   stock nbgrader, the warm kernel, ours
runs      all batches of an engine, and their record in build/attacks
table     attack by engine
command   `course attacks`
"""
