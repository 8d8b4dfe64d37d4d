"""Finding hand-ins: nothing in a folder is dropped in silence, and every oddity has its own reason."""

import os

import pytest

from notebook_grader import GraderError
from notebook_grader.intake.handins import NOBODY, find_hand_ins

CHAPTERS = ["01_playing", "02_forward_process"]


@pytest.fixture
def put(tmp_path):
    """Return a function that writes a file into the folder of hand-ins."""

    def write(name: str, text: str = "{}", time: int | None = None):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if time is not None:
            os.utime(path, (time, time))
        return path

    return write


def found(folder):
    return find_hand_ins(folder, CHAPTERS)


def test_a_file_in_a_students_folder_is_a_hand_in(put, tmp_path):
    path = put("ada/02_forward_process.ipynb")
    assert found(tmp_path) == [("ada", "02_forward_process", path, "", "")]


@pytest.mark.parametrize("above", ["", "submitted/"])
def test_nbgraders_own_layout_is_read(put, tmp_path, above):
    put(f"{above}ada/02_forward_process/02_forward_process.ipynb")
    put(f"{above}ada/02_forward_process/timestamp.txt")
    assert [(one.student, one.chapter, one.problem) for one in found(tmp_path)] == [("ada", "02_forward_process", "")]


COPIES = ["Copy of {}", "{} (1)", "{}-Copy1", "{}_copy"]


@pytest.mark.parametrize("name", [*(copy.format("02_forward_process") for copy in COPIES), "02_Forward_Process"])
def test_a_renamed_copy_is_taken_with_a_note(put, tmp_path, name):
    put(f"ada/{name}.ipynb")
    (one,) = found(tmp_path)
    assert (one.chapter, one.problem) == ("02_forward_process", "") and name in one.note


def test_of_several_files_the_one_with_the_very_name_is_taken(put, tmp_path):
    path = put("ada/02_forward_process.ipynb", time=1000)
    put("ada/02_forward_process (1).ipynb", time=2000)
    (one,) = found(tmp_path)
    assert one.path == path
    assert one.note == "02_forward_process.ipynb was taken, not 02_forward_process (1).ipynb."


def test_of_several_copies_the_latest_is_taken(put, tmp_path):
    path = put("ada/02_forward_process (1).ipynb", time=2000)
    put("ada/02_forward_process (2).ipynb", time=1000)
    assert found(tmp_path)[0].path == path


def test_a_wrong_name_is_a_problem_with_a_suggestion(put, tmp_path):
    put("ada/02_foward_proces.ipynb")
    put("ben/homework.ipynb")
    problems = {one.student: one.problem for one in found(tmp_path)}
    assert "did you mean 02_forward_process.ipynb?" in problems["ada"]
    assert "expected one of 01_playing, 02_forward_process" in problems["ben"]


@pytest.mark.parametrize("suffix", ["py", "pdf", "ipynb.txt", "html", "zip"])
def test_a_chapter_in_another_format_is_a_problem(put, tmp_path, suffix):
    put(f"ada/02_forward_process.{suffix}")
    (one,) = found(tmp_path)
    assert one.chapter == "02_forward_process" and "no notebook" in one.problem


def test_other_files_beside_a_notebook_are_left_alone(put, tmp_path):
    put("ada/02_forward_process.ipynb")
    put("ada/photo.png")
    put("ada/.ipynb_checkpoints/02_forward_process-checkpoint.ipynb")
    put("ada/._02_forward_process.ipynb")
    assert len(found(tmp_path)) == 1


def test_a_folder_without_a_notebook_is_a_problem(put, tmp_path):
    put("ada/notes.txt")
    assert found(tmp_path)[0].problem == "the folder holds no notebook"


def test_a_file_outside_of_the_students_folders_is_a_problem(put, tmp_path):
    put("02_forward_process.ipynb")
    (one,) = found(tmp_path)
    assert one.student == NOBODY and "outside" in one.problem


@pytest.mark.parametrize("name", ["a*b", "[ada]", "what?", "=SUM(A1)", "x" * 101, "ada "])
def test_a_name_that_nbgrader_cannot_take_is_a_problem(put, tmp_path, name):
    put(f"{name}/02_forward_process.ipynb")
    (one,) = found(tmp_path)
    assert one.student == name and "cannot be a student's" in one.problem


@pytest.mark.parametrize("name", ["Lovelace, Ada_123_assignsubmission", "O'Neil (2)", "ada@school.org", "Ædá-Łucja"])
def test_a_usual_name_is_taken(put, tmp_path, name):
    put(f"{name}/02_forward_process.ipynb")
    assert [(one.student, one.problem) for one in found(tmp_path)] == [(name, "")]


def test_a_linked_folder_is_a_problem(put, tmp_path):
    put("real/02_forward_process.ipynb")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    assert {one.student: bool(one.problem) for one in found(tmp_path)} == {"real": False, "linked": True}


def test_an_empty_or_missing_folder_is_an_error(tmp_path):
    with pytest.raises(GraderError, match="holds no student"):
        found(tmp_path)
    with pytest.raises(GraderError, match="is no folder"):
        found(tmp_path / "missing")
