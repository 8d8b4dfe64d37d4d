"""The page of a class's pictures: what the hand-ins' gallery cells showed when they were saved; nothing is run.

collect   which picture each hand-in has, or why it has none
pictures  a picture out of an untrusted output: decoded within limits, written anew without metadata
page      the page, from page.html
command   what `course gallery` does
"""
