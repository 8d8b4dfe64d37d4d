"""Marks out of the gradebook, in the forms that platforms take."""
