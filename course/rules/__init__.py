"""The rules that a chapter's source has to keep. Each fails closed: what is not understood is refused.

A rule looks at a chapter and yields problems, each with the cell, what is wrong and what to do.
"""

from course import CourseError
from course.authoring import Chapter
from course.rules import cells, exercises, names, weights
from course.rules.problem import Problem

# Names and weights can be looked for only in code that parses.
RULES = (*cells.RULES, *exercises.RULES)
LATER_RULES = (*names.RULES, *weights.RULES)


def require_rules(chapter: Chapter) -> None:
    """Require that a chapter keeps every rule.

    Raises CourseError with one line a problem: file, line, cell, what is wrong and the cure.
    """
    problems = [problem for rule in RULES for problem in rule(chapter)]
    problems = problems or [problem for rule in LATER_RULES for problem in rule(chapter)]
    if problems:
        raise CourseError("\n".join(_told(chapter, problem) for problem in problems))


def _told(chapter: Chapter, problem: Problem) -> str:
    place = f"solutions/{chapter.path.name}"
    if problem.cell is not None:
        place += f":{problem.cell.line}, cell {problem.cell.number} ({problem.cell.header})"
    return f"{place}: {problem.what}. {problem.cure}"
