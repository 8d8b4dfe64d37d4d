"""`course mutants`: judge what is on record, or what a mutation library makes of the solutions."""

from collections.abc import Iterator

from course import CourseError
from course.answers import answers_of
from course.authoring import read_chapter
from course.console import console, step
from course.mutants import report
from course.mutants.exercises import Exercise, find_exercises
from course.mutants.generate import mutants_of
from course.mutants.graded import GraderJudge
from course.mutants.judge import Judge
from course.mutants.records import Explained, read_explained
from course.paths import Paths
from course.rules import require_rules
from course.rules.problem import region_of
from notebook_grader import markers
from notebook_grader.runner.fresh import NUMBERS

_MUTANT_LIMIT = 20  # seconds of the processor: solutions take 3, and many a mutant never ends


def show_recorded(paths: Paths, name: str | None = None, graded: int = 0) -> bool:
    """Judge the recorded answers and print the table; return whether every one was judged rightly.

    name    of one exercise; default: all
    graded  how many times the grader's own engine judges each of them, always with the same verdict; 0: the check
            alone, in this course's environment
    """
    exercises = find_exercises(paths, name)
    with GraderJudge() if graded else Judge() as judge:
        rounds = [[_recorded(judge, paths, exercise) for exercise in exercises] for _ in range(max(1, graded))]
    results = rounds[0]
    if any(other != results for other in rounds[1:]):
        raise CourseError(f"A verdict was not the same {graded} times: {_changed(rounds)}.")
    console.print(report.recorded_table(results))
    _print_list("Wrong answers that no message fits", report.unnamed(results))
    faults = list(report.faults(results))
    _print_list("To be mended", faults)
    return not faults


def show_exercise(paths: Paths, name: str) -> bool:
    """Test one exercise and print what was found; return whether all is as it should be.

    Its chapter keeps the rules, its solution is accepted and the blank cell is not, right answers on record are
    accepted, wrong ones rejected by their names. Raises CourseError for the first two, and for an unknown name.
    """
    (exercise,) = find_exercises(paths, name)
    chapter = read_chapter(paths.solution(exercise.chapter))
    require_rules(chapter)
    with Judge() as judge:
        _require_solution(judge, exercise)
        cell = next(cell for cell in chapter.cells if cell.tags.get("exercise") == name)
        stub = judge.judge(exercise, markers.without(cell.source, [region_of(cell)], "raise NotImplementedError"))
        result = _recorded(judge, paths, exercise)
    console.print(report.recorded_table([result]))
    faults = [*report.faults([result]), *report.unnamed([result])]
    faults += ["the blank cell is accepted"] if stub.is_accepted else []
    _print_list("To be mended", faults)
    return not faults


def show_fresh(paths: Paths, name: str | None = None) -> bool:
    """Judge right answers, in turns, with every number that the grader can choose for hidden tests' inputs.

    Returns whether all were accepted.
    """
    faults = []
    with Judge() as judge:
        for exercise in find_exercises(paths, name):
            with step(f"{exercise.name}: {NUMBERS} numbers"):
                faults += _rejected(judge, paths, exercise)
    _print_list("Right answers that are rejected", faults)
    return not faults


def _rejected(judge: Judge, paths: Paths, exercise: Exercise) -> Iterator[str]:
    right = sorted(answers_of(paths, exercise.name).right.items())
    for number in range(NUMBERS):
        answer, text = right[number % len(right)]
        seeds = tuple(seed + number for seed in exercise.seeds if seed)
        verdict = judge.judge(exercise._replace(seeds=seeds), text)
        if not verdict.is_accepted:
            yield f"{exercise.name}/{answer} with seeds {', '.join(map(str, seeds))}: {verdict.said}"


def _changed(rounds: list[list[report.Recorded]]) -> str:
    """Name the exercises whose verdicts differ between rounds."""
    names = {
        one.exercise.name for other in rounds[1:] for one, first in zip(other, rounds[0], strict=True) if one != first
    }
    return ", ".join(sorted(names))


def show_generated(paths: Paths, name: str | None = None) -> bool:
    """Judge the mutants of the solutions and print the table; return whether every survivor is explained."""
    exercises, explained = find_exercises(paths, name), read_explained(paths)
    with Judge(_MUTANT_LIMIT) as judge:
        results = [_generated(judge, exercise, explained) for exercise in exercises]
    console.print(report.generated_table(results))
    _print_list("Survivors", report.survivor_lines(results))
    faults = list(report.generated_faults(results))
    _print_list("To be killed or explained in tests/answers/equivalent.yaml", faults)
    return not faults


def _recorded(judge: Judge | GraderJudge, paths: Paths, exercise: Exercise) -> report.Recorded:
    with step(f"{exercise.name}: recorded answers"):
        right, wrong = (
            {name: judge.judge(exercise, text) for name, text in texts.items()}
            for texts in answers_of(paths, exercise.name)
        )
    return report.Recorded(exercise, right, wrong)


def _generated(judge: Judge, exercise: Exercise, explained: list[Explained]) -> report.Generated:
    mutants = mutants_of(exercise.solution)
    with step(f"{exercise.name}: {len(mutants)} mutants") as remark:
        _require_solution(judge, exercise)
        survivors = [mutant for mutant in mutants if judge.judge(exercise, mutant.source).is_accepted]
        remark(f"{len(survivors)} survived")
    told = [(mutant, next((one for one in explained if one.explains(exercise, mutant)), None)) for mutant in survivors]
    used = {one for _, one in told}
    stale = [one for one in explained if one.exercise == exercise.name and one not in used]
    return report.Generated(exercise, len(mutants), told, stale)


def _require_solution(judge: Judge, exercise: Exercise) -> None:
    """Raise CourseError where the solution itself is not accepted: then every mutant would seem to be killed."""
    verdict = judge.judge(exercise, exercise.solution)
    if not verdict.is_accepted:
        raise CourseError(
            f"solutions/{exercise.chapter}.py: the check of {exercise.name} does not accept its solution "
            f"({verdict.status}: {verdict.said}). Does solutions/given/ have all that its code uses?"
        )


def _print_list(title: str, lines: Iterator[str] | list[str]) -> None:
    lines = list(lines)
    if lines:
        console.print(f"\n{title}:", markup=False)
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
