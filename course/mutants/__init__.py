"""How well the checks judge: recorded answers and generated mutants, each run through its check (`course mutants`).

exercises  the exercises of the course: solution, check's seeds, what their code may use
judge      one answer through its check, in a fork of a warm process, within limits
operators  mutation operators that Cosmic Ray lacks
generate   all first-order mutants of a solution
records    the explained survivors
report     the tables
command    what `course mutants` and `course test` do
"""
