"""Photographs: sources, names, sizes and what is said about a broken file or folder."""

import csv
import shutil
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.data import load_photo, photo_caption, photo_names, photo_source
from helpers.data.photos import STAND_INS
from helpers.data.sources import Source, data_folder, first_of


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Return a data folder with two photographs, and make it COURSE_DATA."""
    folder = tmp_path / "data" / "photos"
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 20), (255, 0, 0)).save(folder / "bridge.png")
    Image.new("RGB", (20, 20), (0, 0, 255)).save(folder / "tower.png")
    write_table(folder, ["bridge.png", "tower.png"])
    monkeypatch.setenv("COURSE_DATA", str(folder.parent))
    return folder


def write_table(folder, files, columns=("file", "title", "author", "licence")):
    with (folder / "photos.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([name, f"The {name}", "Somebody", "CC0"][: len(columns)] for name in files)


def test_the_data_folder_comes_first_and_keeps_its_order(data):
    assert photo_names() == ["bridge", "tower"]
    assert photo_source() == "Photographs from the data folder (COURSE_DATA)."
    assert photo_caption("bridge") == "The bridge.png. Somebody, CC0."


def test_without_a_data_folder_pictures_of_scikit_image_stand_in():
    assert photo_names() == ["astronaut", "chelsea", "coffee", "rocket"]
    assert "standing in for the data folder (COURSE_DATA), not found here" in photo_source()
    assert photo_caption("coffee").endswith("Rachel Michetti, CC0 1.0. Stand-in picture.")


@pytest.mark.parametrize("name", [file.partition(".")[0] for file in STAND_INS])
@pytest.mark.parametrize("size", [32, 64])
def test_a_photograph_is_a_tensor_of_that_size_in_range(name, size):
    photo = load_photo(name, size)
    assert photo.shape == (1, 3, size, size) and photo.dtype == torch.float32
    assert photo.abs().max() <= 1 and photo.std() > 0.1


def test_the_middle_square_of_a_wide_picture_is_taken(tmp_path):
    wide = np.zeros((30, 90, 3), np.uint8)
    wide[:, 30:60] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert load_photo(str(tmp_path / "wide.png"), 10).min() > 0.8


def test_fine_stripes_are_averaged_to_grey_instead_of_picked_from(tmp_path):
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    assert load_photo(str(tmp_path / "stripes.png"), 32).abs().max() < 0.05


def test_a_transparent_picture_stands_on_white(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_photo(str(tmp_path / "clear.png"), 8).min() == 1


def test_a_photograph_from_a_phone_is_turned_upright(tmp_path):
    picture = Image.new("RGB", (16, 16), "black")
    picture.paste("white", (0, 0, 16, 8))  # light above, before the camera's note says "turned by 180 degrees"
    exif = Image.Exif()
    exif[0x0112] = 3
    picture.save(tmp_path / "phone.png", exif=exif)
    photo = load_photo(str(tmp_path / "phone.png"), 16)
    assert photo[..., 0, :].max() < -0.9 and photo[..., -1, :].min() > 0.9


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "64"])
def test_a_size_that_is_no_number_of_pixels_is_refused(size):
    with pytest.raises(ValueError, match="size is .*; expected a whole number of pixels"):
        load_photo("coffee", size)


def test_an_unknown_name_names_the_nearest(data):
    with pytest.raises(ValueError, match="no photograph 'brigde'; the nearest of 2 are 'bridge', 'tower'"):
        load_photo("brigde")
    with pytest.raises(ValueError, match="'bridge'"):
        photo_caption("brigde")


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "note.png").write_text("not a picture")
    with pytest.raises(ValueError, match="note.png is no picture that can be read"):
        load_photo(str(tmp_path / "note.png"))


def test_a_picture_cut_short_is_named(data):
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(picture).save(data / "tower.png")
    whole = (data / "tower.png").read_bytes()
    (data / "tower.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="tower.png is damaged or cannot be read"):
        load_photo("tower")


def test_a_folder_with_another_layout_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="holds none of the folders photos, MNIST.*Point it at"):
        photo_names()


def test_a_data_folder_without_this_set_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "MNIST").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert data_folder("photos") is None and photo_names()[0] == "astronaut"


def test_photographs_without_their_list_are_an_error(data):
    (data / "photos.csv").unlink()
    with pytest.raises(FileNotFoundError, match="has no photos.csv; expected one with a row for each picture"):
        photo_names()


def test_a_list_with_other_columns_is_an_error(data):
    write_table(data, ["bridge.png"], columns=("name", "title"))
    with pytest.raises(ValueError, match="no rows with the columns file, title, author, licence"):
        photo_names()


def test_a_listed_picture_that_is_not_there_is_an_error(data):
    (data / "tower.png").unlink()
    with pytest.raises(FileNotFoundError, match="lists tower.png, which .* does not hold"):
        photo_names()


def test_sources_are_tried_in_order_and_a_broken_one_is_not_passed_over():
    stand_in = Source("drawings", lambda: "drawn")
    absent, present = Source("the folder", lambda: None), Source("the cache", lambda: "kept")
    assert first_of("Digits", [absent, present], stand_in).line == "Digits from the cache."
    found = first_of("Digits", [absent], stand_in)
    assert found.is_stand_in and found.data == "drawn"
    assert found.line == "Digits from drawings, standing in for the folder, not found here."
    broken = Source("the folder", lambda: shutil.copy("no such file", "nowhere"))
    with pytest.raises(FileNotFoundError):
        first_of("Digits", [broken, present], stand_in)


def test_scikit_image_is_found_without_being_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "skimage", raising=False)
    photo_names()
    assert "skimage" not in sys.modules
