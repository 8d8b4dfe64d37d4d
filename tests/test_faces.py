"""The faces of chapter 12: sources, sizes, and what is said about a broken archive."""

import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.data import faces
from helpers.data.drawn_faces import drawn_faces
from helpers.data.faces import faces_source, load_faces


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """No data folder, few drawn faces, nothing kept from another test."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(faces, "DRAWN", 6)
    faces._found.cache_clear()
    yield
    faces._found.cache_clear()


def picture(path, colour=(200, 30, 30), side=64):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), colour).save(path)
    return path


def archive(tmp_path, *files):
    """Return a zip archive of files in the layout of ImageFolder."""
    path = tmp_path / "manga.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in files:
            packed.write(file, f"manga/faces/{file.name}")
    return path


def test_drawn_faces_stand_in_and_say_so():
    images = load_faces()
    assert images.shape == (6, 3, 32, 32) and images.dtype == torch.float32
    assert images.min() >= -1 and images.max() <= 1 and images.std() > 0.3
    assert faces_source() == (
        "Faces from a generator in code, standing in for the data folder (lorelei), not found here."
    )
    assert faces_source("drawn") == "6 faces drawn in code."


def test_where_answers_are_graded_a_few_faces_are_enough_whatever_was_asked_for(monkeypatch):
    """Each hand-in is graded in a process of its own: 12,000 faces would be drawn, or 4,096 read, for every student."""
    monkeypatch.setenv("COURSE_PROFILE", "grade")
    few = load_faces()
    assert few.shape == (256, 3, 32, 32) and len(np.unique(few[:, 0, 16, 16])) > 20
    assert load_faces("/content/drive/MyDrive/manga.zip") is few
    assert faces_source() == "256 faces drawn in code, because COURSE_PROFILE is grade."


def test_a_face_is_the_same_however_many_are_drawn():
    assert np.array_equal(drawn_faces(2, seed=3), drawn_faces(4, seed=3)[:2])
    assert not np.array_equal(drawn_faces(1, seed=3), drawn_faces(1, seed=4))


def test_faces_are_varied():
    small = torch.from_numpy(drawn_faces(40, size=16)).flatten(1).float()
    assert torch.pdist(small).min() > 100


@pytest.mark.parametrize("arguments", [(0, 64), (3, 0)])
def test_no_faces_or_no_pixels_are_refused(arguments):
    with pytest.raises(ValueError, match="1 or more"):
        drawn_faces(*arguments)


def test_an_archive_is_read_in_the_layout_of_image_folder(tmp_path):
    files = [picture(tmp_path / "a.png"), picture(tmp_path / "b.jpg", (0, 0, 255), 80), tmp_path / "notes.txt"]
    files[2].write_text("no picture")
    path = archive(tmp_path, *files)
    assert load_faces(path, 16).shape == (2, 3, 16, 16)
    assert faces_source(path, 16) == "2 faces from manga.zip."
    assert load_faces(path, 16)[0, :, 8, 8].tolist() == pytest.approx([200 / 127.5 - 1, 30 / 127.5 - 1, 30 / 127.5 - 1])


def test_a_folder_is_read_at_any_depth(tmp_path):
    picture(tmp_path / "faces/one/a.png")
    picture(tmp_path / "faces/two/deep/b.png")
    assert len(load_faces(tmp_path / "faces")) == 2


def test_the_data_folder_comes_first_and_is_laid_on_white(tmp_path, monkeypatch):
    images = np.zeros((3, 64, 64, 4), np.uint8)
    images[0, ..., 3] = 255  # black, opaque
    (tmp_path / "faces").mkdir()
    np.savez_compressed(tmp_path / "faces" / "lorelei.npz", images=images)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    found = load_faces()
    assert found.shape == (3, 3, 32, 32) and found[0].max() == -1 and found[1:].min() == 1
    assert faces_source() == "Faces from the data folder (lorelei)."
    with pytest.raises(FileNotFoundError, match="has no adventurer.npz"):
        load_faces("adventurer")


def test_a_missing_file_is_an_error_that_says_what_to_give(tmp_path):
    with pytest.raises(FileNotFoundError, match="mount your Drive first"):
        load_faces(tmp_path / "manga.zip")


@pytest.mark.parametrize("size", [0, -3, 1.5, True])
def test_an_impossible_size_is_refused(size):
    with pytest.raises(ValueError, match="whole number of pixels"):
        load_faces(size=size)


def test_a_damaged_archive_is_refused(tmp_path):
    (tmp_path / "manga.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match="no zip archive, or damaged"):
        load_faces(tmp_path / "manga.zip")


def test_an_archive_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match="holds no pictures"):
        load_faces(archive(tmp_path, tmp_path / "notes.txt"))


def test_a_damaged_picture_is_named(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:90])
    with pytest.raises(ValueError, match="manga/faces/b.png is damaged"):
        load_faces(archive(tmp_path, tmp_path / "a.png", tmp_path / "b.png"))


def test_a_bomb_is_refused(tmp_path):
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(bytes(6_000_000))
    path = tmp_path / "manga.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(bomb, "bomb.png")
    assert path.stat().st_size < 10_000
    with pytest.raises(ValueError, match="more than 5 MB"):
        load_faces(path)
