"""The report on a class, for its instructor: who has which marks, what most got wrong, and what needs a look.

findings  what there is to say, as plain data, from the gradebook and the results of the hand-ins
mistakes  what was wrong in one exercise: the mistakes that checks named, and answers that no message named
outputs   what graded notebooks say where no check did
page      one self-contained page, from page.html
sheets    the same marks and mistakes as CSV
command   what `course report` does
"""
