"""`course mutants`: every mutant is one small change, every answer is judged by itself, and the totals are counted."""

import ast
import itertools

import pytest
from cosmic_ray.mutating import mutate_code

from course import CourseError
from course.answers import answers_of
from course.mutants import command, report
from course.mutants.exercises import find_exercises
from course.mutants.generate import Mutant, mutants_of
from course.mutants.graded import GraderJudge
from course.mutants.judge import Judge, Verdict
from course.mutants.operators import OPERATORS
from course.mutants.records import Explained, equivalents_file, read_explained
from course.paths import Paths
from notebook_grader.runner.fresh import NUMBERS

RIGHT = "def psnr(im, other):\n    return 10 * torch.log10(4 / (im - other).square().mean())\n"
SIGN = RIGHT.replace("10 *", "-10 *")
BELS = RIGHT.replace("10 *", "")
SOLUTION = '''\
def last(values, count=2):
    """Return the last value."""
    ### BEGIN SOLUTION
    return values[count - 1]
    ### END SOLUTION
'''


@pytest.fixture(scope="module")
def psnr():
    return find_exercises(Paths(), "psnr")[0]


@pytest.fixture(scope="module")
def judge():
    with Judge(cpu_limit=5) as judge:
        yield judge


# --- mutants


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_an_operator_does_what_its_examples_say(operator):
    for example in operator.examples():
        mutated = mutate_code(example.pre_mutation_code, operator(), example.occurrence)
        assert ast.dump(ast.parse(mutated)) == ast.dump(ast.parse(example.post_mutation_code)), mutated


def test_the_mutants_of_a_line_are_these_and_the_given_lines_stay():
    found = mutants_of(SOLUTION)
    assert {mutant.was for mutant in found} == {"return values[count - 1]"} and {mutant.line for mutant in found} == {4}
    assert {mutant.is_now for mutant in found} == {
        "return values[count + 1]", "return values[count * 1]", "return values[count / 1]",
        "return values[count // 1]", "return values[count ** 1]", "return values[count - 2]",
        "return values[count - 0]", "pass",
    }  # fmt: skip


def test_every_mutant_of_the_course_parses_and_is_another_program():
    for exercise in find_exercises(Paths()):
        meanings = [ast.dump(ast.parse(mutant.source)) for mutant in mutants_of(exercise.solution)]
        assert meanings and len({*meanings, ast.dump(ast.parse(exercise.solution))}) == len(meanings) + 1, exercise.name


def test_an_exercise_has_the_seeds_of_its_test_cell_and_what_stands_before_it():
    exercise = find_exercises(Paths(), "best_blur")[0]
    assert exercise.seeds == (0, 1, 2)
    assert "def psnr(im, other)" in exercise.before and "import gaussian_blur" in exercise.before
    assert "load_stage_1('auto')" not in exercise.before.replace('"', "'")


def test_an_unknown_exercise_is_told():
    with pytest.raises(CourseError, match="'psrn'; expected one of psnr"):
        find_exercises(Paths(), "psrn")


# --- the judge


@pytest.mark.parametrize(
    ("source", "status", "mistake"),
    [
        (RIGHT, "accepted", ""),
        (SIGN, "rejected", "psnr_sign"),
        ("def psnr(im, other):\n    return 0.0\n", "rejected", ""),
        ("def psnr(im, other):\n    while True:\n        pass\n", "stopped", ""),
        ("import os\ndef psnr(im, other):\n    os._exit(0)\n", "stopped", ""),
        ("psnr = undefined\n", "error", ""),
    ],
    ids=["right", "known", "unknown", "endless", "ends its process", "stops in its cell"],
)
def test_an_answer_is_judged_as_its_check_says(judge, psnr, source, status, mistake):
    assert judge.judge(psnr, source)[:2] == (status, mistake)


def test_an_answer_cannot_spoil_the_next(judge, psnr):
    spoiling = "torch.log10 = torch.log\nimport helpers.checks\nhelpers.checks.check_psnr = None\n" + RIGHT
    assert not judge.judge(psnr, spoiling).is_accepted
    assert judge.judge(psnr, RIGHT).is_accepted


def test_a_solution_that_is_not_accepted_is_no_base_for_mutants(judge, psnr):
    with pytest.raises(CourseError, match="does not accept its solution .*psnr|rejected"):
        command._generated(judge, psnr._replace(solution=SOLUTION.replace("last", "psnr")), [])


# --- the totals


@pytest.fixture
def records(tmp_path):
    """Two right answers on record, one of them wrong, and four wrong ones: one is right, one has another's name."""
    answers = {
        'right="plain"': RIGHT,
        'right="upside_down"': SIGN,
        'wrong="psnr_sign"': SIGN,
        'wrong="psnr_in_bels"': SIGN,
        'wrong="psnr_in_bels__other"': BELS,
        'wrong="psnr_peak_one"': RIGHT,
    }
    paths = Paths(tmp_path)
    paths.answers_folder.mkdir(parents=True)
    paths.answers("psnr").write_text("\n".join(f"# %% {header}\n{text}" for header, text in answers.items()))
    return paths


def test_the_totals_are_what_was_judged(judge, psnr, records):
    result = command._recorded(judge, records, psnr)
    assert (result.accepted, len(result.right)) == (1, 2)
    assert (result.rejected, result.named, len(result.wrong)) == (3, 2, 4)
    columns = [list(column.cells) for column in report.recorded_table([result]).columns]
    assert columns == [["03 psnr", "all"], ["1 / 2"] * 2, ["3 / 4"] * 2, ["2 / 4"] * 2]


def test_what_was_judged_wrongly_is_named(judge, psnr, records):
    result = command._recorded(judge, records, psnr)
    rejected, accepted = report.faults([result])
    assert rejected.startswith('rejected, but right: tests/answers/psnr.py, right="upside_down": the value is wrong')
    assert accepted == 'accepted, but wrong: tests/answers/psnr.py, wrong="psnr_peak_one"'
    assert list(report.unnamed([result])) == ['tests/answers/psnr.py, wrong="psnr_in_bels": called psnr_sign']


def test_the_mutants_of_a_small_exercise_are_all_killed(judge, psnr):
    result = command._generated(judge, psnr, [])
    assert result.total == len(mutants_of(psnr.solution)) >= 20 and result.survivors == []


def test_survivors_and_explanations_that_do_not_meet_are_faults(psnr):
    kept, told = (Mutant("", 4, "a = b", is_now) for is_now in ("a = b + 0", "a = +b"))
    explained, stale = (Explained("psnr", "a = b", is_now, "the same number") for is_now in ("a = +b", "a = -b"))
    result = report.Generated(psnr, 10, [(kept, None), (told, explained)], [stale])
    assert list(report.generated_faults([result])) == [
        "psnr: unexplained survivor in line 4: a = b + 0",
        "psnr: no survivor has the explained change to: a = -b",
    ]
    assert [list(column.cells)[0] for column in report.generated_table([result]).columns] == [
        "03 psnr",
        "8 / 10",
        "1 / 2",
    ]
    assert "  the same number" in report.survivor_lines([result])


# --- explained survivors


def test_every_explained_survivor_is_a_mutant_of_todays_solution():
    mutants = {exercise.name: (exercise, mutants_of(exercise.solution)) for exercise in find_exercises(Paths())}
    for explained in read_explained(Paths()):
        exercise, made = mutants[explained.exercise]
        assert any(explained.explains(exercise, mutant) for mutant in made), explained


@pytest.mark.parametrize(
    "entry", ["{was: a, is_now: [b]}", "{was: a, is_now: [b], reason: none}", "{was: a, isnow: [b], reason: it is so}"]
)
def test_an_explanation_without_all_its_parts_is_refused(tmp_path, entry):
    path = equivalents_file(Paths(tmp_path))
    path.parent.mkdir(parents=True)
    path.write_text(f"psnr: [{entry}]")
    with pytest.raises(CourseError, match="expected a reason in words"):
        read_explained(Paths(tmp_path))


def test_only_an_accepted_verdict_counts_as_accepted():
    assert [Verdict(status).is_accepted for status in ("accepted", "rejected", "error", "stopped")] == [True] + [
        False
    ] * 3


# --- through the grader


@pytest.mark.slow
def test_the_grader_gives_the_same_verdicts_as_the_check_alone(psnr, judge):
    sources = [psnr.solution, SIGN, "def psnr(im, other):\n    return im.missing", "x = 1"]
    with GraderJudge() as graded:
        found = [graded.judge(psnr, source) for source in sources]
    alone = [judge.judge(psnr, source) for source in sources]
    assert [(one.status, one.mistake) for one in found] == [(one.status, one.mistake) for one in alone]
    assert [one.status for one in found] == ["accepted", "rejected", "rejected", "error"]


@pytest.mark.slow
def test_a_verdict_that_changes_between_rounds_is_an_error(monkeypatch):
    verdicts = itertools.cycle([Verdict("accepted"), Verdict("rejected")])

    class Fickle(GraderJudge):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def judge(self, exercise, source):
            return next(verdicts) if "def psnr" in source and source == first else Verdict("accepted")

    first = next(iter(answers_of(Paths(), "psnr").right.values()))
    monkeypatch.setattr(command, "GraderJudge", Fickle)
    with pytest.raises(CourseError, match="not the same 2 times: psnr"):
        command.show_recorded(Paths(), "psnr", graded=2)


def test_right_answers_are_held_to_every_number_that_a_hidden_test_may_get(monkeypatch, psnr):
    asked = []

    class Recording:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def judge(self, exercise, source):
            asked.append(exercise.seeds)
            return Verdict("accepted") if 7 not in exercise.seeds else Verdict("rejected", "", "wrong")

    monkeypatch.setattr(command, "Judge", Recording)
    assert not command.show_fresh(Paths(), "psnr")
    assert asked == [(1 + number, 2 + number) for number in range(NUMBERS)]


# --- one exercise


def test_an_exercise_is_tested_whole(monkeypatch, capsys):
    assert command.show_exercise(Paths(), "snr")
    assert "02 snr" in capsys.readouterr().out


def test_a_wrong_answer_that_passes_and_a_blank_cell_that_passes_are_told(monkeypatch, capsys):
    class Blind:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def judge(self, exercise, source):
            return Verdict("accepted")

    monkeypatch.setattr(command, "Judge", Blind)
    assert not command.show_exercise(Paths(), "snr")
    said = capsys.readouterr().out
    assert 'accepted, but wrong: tests/answers/snr.py, wrong="' in said and "the blank cell is accepted" in said
