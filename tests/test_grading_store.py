"""Results on disk: whole or not there, and never another's."""

import json
import os
import threading

import pytest

from notebook_grader.store.store import Store, write_whole
from notebook_grader.store.submission import Graded, Submission, refused


def submission(answer: str = "1", student: str = "ada") -> Submission:
    tests = {"kernelspec": None, "cells": {}}
    return Submission(student, "01_sums", {"cells": [answer]}, tests, {"cell": 1}, {"numpy": "2"}, [], 10, "")


def graded(one: Submission) -> Graded:
    result = refused(one.student, one.chapter, "").result | {"key": one.key, "seconds": 0.5}
    return Graded(result, {"cells": []})


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def load(store: Store, one: Submission):
    return store.load(one.student, one.chapter, one.key)


def test_what_is_saved_is_found(store):
    one = submission()
    assert load(store, one) is None
    store.save(one, graded(one))
    assert load(store, one) == (one, graded(one))


def test_only_the_newest_entry_of_a_student_and_chapter_is_kept(store):
    first, second, other = submission("1"), submission("2"), submission("1", "ben")
    for one in (first, other, second):
        store.save(one, graded(one))
    assert [load(store, one) is not None for one in (first, second, other)] == [False, True, True]


@pytest.mark.parametrize("length", [0, 1, 50, -1])
def test_a_torn_entry_is_ignored(store, length):
    one = submission()
    store.save(one, graded(one))
    (path,) = store.folder.glob("*/*/*.json")
    path.write_bytes(path.read_bytes()[:length])
    assert load(store, one) is None


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"submission": {}, "result": {}, "notebook": {}}', '"x"', "null", "\xff"]
)
def test_a_foreign_file_is_ignored(store, text):
    one = submission()
    store.save(one, graded(one))
    (path,) = store.folder.glob("*/*/*.json")
    path.write_bytes(text.encode("latin-1"))
    assert load(store, one) is None


def test_an_entry_under_anothers_name_is_ignored(store):
    one, other = submission(student="ada"), submission("2", student="ben")
    store.save(one, graded(one))
    (path,) = store.folder.glob("*/*/*.json")
    stolen = store.folder / "ben" / "01_sums" / f"{other.key}.json"
    stolen.parent.mkdir(parents=True)
    stolen.write_bytes(path.read_bytes())
    assert load(store, other) is None


def test_an_entry_whose_submission_was_changed_by_hand_is_ignored(store):
    one = submission()
    store.save(one, graded(one))
    (path,) = store.folder.glob("*/*/*.json")
    path.write_text(path.read_text().replace('"cells": ["1"]', '"cells": ["2"]'))
    assert load(store, one) is None


def test_a_reader_never_sees_half_a_file(tmp_path):
    path, seen, stop = tmp_path / "file.json", set(), threading.Event()
    texts = [json.dumps([number] * 20_000) for number in range(2)]
    write_whole(path, texts[0])

    def read():
        while not stop.is_set():
            seen.add(path.read_text() in texts)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(60):
        write_whole(path, texts[number % 2])
    stop.set()
    reader.join()
    assert seen == {True}


def test_where_writing_fails_the_old_file_stays_and_nothing_is_left_behind(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_whole(path, "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="the disk is full"):
        write_whole(path, "new")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file.json", "old")]


def test_the_same_text_is_not_written_again(tmp_path):
    path = tmp_path / "file.json"
    write_whole(path, "text", 0o444)
    before = path.stat()
    write_whole(path, "text", 0o444)
    assert path.stat() == before and before.st_mode & 0o777 == 0o444
