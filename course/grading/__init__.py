"""The grading commands of `course`, which hand this course to notebook_grader.

commands        release, grade, feedback, export, report
scale_commands  collect, regrade, and what `grade` needs for several machines
sample          the class of `course demo`
"""
