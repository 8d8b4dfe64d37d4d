"""Marks out of the gradebook, in the forms that platforms take.

export   what is written for whom; canvas, moodle: the files of these platforms
columns  of marks; match: people to lines of a roster; roster: the platform's own file
"""
