"""A chapter declares the weights that it loads: what the rule reads off its code is what the loaders really take."""

import pytest
from small_course import CHAPTER, edit, small_course

from course import CourseError
from course.authoring import read_chapter
from course.paths import Paths
from course.rules import require_rules
from course.rules.weights import LOADERS, NETWORK_LOADERS
from helpers import clip, denoisers, fitting, metrics, networks, postcards
from helpers import weights as registry_of_weights
from helpers.networks import shipped
from helpers.weights import registry

FRONT = "# title: A small chapter\n"


def declared_and_loading(tmp_path, declared: str | None, code: str):
    """Return the small chapter with a line of front matter and some code in its figure's cell."""
    paths = small_course(tmp_path)
    edit(paths, "plt.show()", f"plt.show()\n{code}")
    if declared is not None:
        edit(paths, FRONT, f"{FRONT}# weights: {declared}\n")
    return read_chapter(paths.solution(CHAPTER))


LOAD_POCKET = "from helpers.denoisers import load_stage_1\nstage_1 = load_stage_1()"
LOAD_JUDGE = 'from helpers.clip import load_clip\nclip = load_clip(name="judge")'
LOAD_FACES = 'from helpers.networks import load_shipped\nfaces = [load_shipped(f"faces_{T}") for T in (100, 200)]'


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        (None, ""),
        ("pocket", LOAD_POCKET),
        ("pocket_clip_judge", LOAD_JUDGE),
        ("pocket_clip_judge, pocket", f"{LOAD_JUDGE}\n{LOAD_POCKET}"),
        ("manga_*", LOAD_FACES),
        (None, 'from helpers.denoisers import load_stage_1\nstage_1 = load_stage_1("exact")'),
    ],
)
def test_what_is_declared_and_loaded_is_accepted(declared, code, tmp_path):
    require_rules(declared_and_loading(tmp_path, declared, code))


@pytest.mark.parametrize(
    ("declared", "code", "place", "what", "cure"),
    [
        (None, LOAD_POCKET, "cell 6", "does not declare: pocket", "`# weights: pocket`"),
        ("pocket", f"{LOAD_POCKET}\n{LOAD_JUDGE}", "cell 6", "pocket_clip_judge", ": pocket, pocket_clip_judge`"),
        (None, LOAD_FACES, "cell 6", "declare: manga_faces_100, manga_faces_200", "weights: manga_faces_100, "),
        ("pocket", "", ": the front", "`pocket`, which no cell loads", "Take them out"),
        ("poket", LOAD_POCKET, ": the front", "`poket`, which do not exist", "has pocket"),
        ("poket", LOAD_POCKET, "cell 6", "does not declare: pocket", "Write `# weights: pocket` there"),
        ("manga_face", LOAD_POCKET, ": the front", "`manga_face`, which do not exist", "has manga_faces_"),
    ],
)
def test_what_is_not_both_declared_and_loaded_is_refused_with_file_and_cure(
    declared, code, place, what, cure, tmp_path
):
    with pytest.raises(CourseError, match=rf"(?m)^solutions/{CHAPTER}\.py.*{place}") as refusal:
        require_rules(declared_and_loading(tmp_path, declared, code))
    lines = [line for line in str(refusal.value).splitlines() if what in line]
    assert lines and cure in lines[0], refusal.value


def test_the_keys_of_a_look_up_load_nothing(tmp_path):
    code = 'from helpers.networks import load_shipped\nnetwork = load_shipped("time")\nx = {}.get(1) or [{}]["flow"]'
    require_rules(declared_and_loading(tmp_path, "mnist_time", code))


@pytest.mark.parametrize("chapter", Paths().chapters())
def test_every_chapter_declares_what_it_loads(chapter):
    require_rules(read_chapter(Paths().solution(chapter)))


class Asked(Exception):
    """Raised in the place of loading, with the name of the weights."""


@pytest.fixture
def asked(monkeypatch):
    """Let every loader stop where it asks for weights; return a function that calls one and tells what it asked for."""
    monkeypatch.setenv("COURSE_PROFILE", "pocket")

    def refuse(name):
        raise Asked(name)

    for module in (clip, postcards, shipped, denoisers.pocket, metrics.digit_judge):
        monkeypatch.setattr(module, "weights", refuse)

    def asking(load, *arguments) -> str | None:
        with pytest.raises(Asked) as found:
            load(*arguments)
        return found.value.args[0]

    return asking


FUNCTIONS = {
    "load_stage_1": lambda name: denoisers.load_stage_1(name, device="cpu"),
    "load_clip": lambda name: clip.load_clip(name, "cpu"),
    "load_postcards": lambda name: postcards.load_postcards(name, "cpu"),
    "load_digit_judge": lambda _: metrics.load_digit_judge(),
    "ClipDistance": lambda _: metrics.ClipDistance([]),
}


@pytest.mark.parametrize(("loader", "name"), [(loader, name) for loader, names in LOADERS.items() for name in names])
def test_the_table_of_loaders_says_what_each_asks_for(loader, name, asked):
    expected = LOADERS[loader][name]
    if expected is not None:
        assert asked(FUNCTIONS[loader], name) == expected in registry()


def test_the_table_of_loaders_has_every_name_that_they_know():
    known = {"load_stage_1": denoisers.DENOISERS, "load_clip": clip.CLIPS, "load_postcards": postcards.POSTCARDS}
    assert {loader: {*names} for loader, names in known.items()} == {loader: {*LOADERS[loader]} for loader in known}


def test_networks_are_loaded_by_the_functions_that_the_rule_looks_for(asked):
    assert {"load_shipped", "load_shipped_into", "fit"} == NETWORK_LOADERS
    assert asked(networks.load_shipped, "time") == asked(shipped.load_shipped_into, None, "time") == "mnist_time"
    assert fitting.load_shipped_into is shipped.load_shipped_into
    assert registry_of_weights.registry()["mnist_time"].source == "shipped:mnist"
