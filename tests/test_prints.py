"""The prints of chapter 13: drawn ones, those of a data folder, margins, cut-outs, and what is said without any."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from helpers.data import prints
from helpers.data.drawn_prints import drawn_prints
from helpers.data.prints import load_prints, prints_note, prints_source, without_margins


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """No data folder, few drawn prints, nothing kept from another test."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_PROFILE", "pocket")
    monkeypatch.setattr(prints, "DRAWN_PRINTS", 5)
    prints._found.cache_clear()
    yield
    prints._found.cache_clear()


def scan(size=(120, 180), margin=(7, 9, 5, 12), inside=(30, 90, 160)):
    """Return a scan: paper, a black frame, a picture of one colour."""
    image = Image.new("RGB", size, (236, 226, 200))
    left, top, right, bottom = margin
    box = (left, top, size[0] - right - 1, size[1] - bottom - 1)
    ImageDraw.Draw(image).rectangle(box, fill=inside, outline=(20, 20, 30), width=2)
    return image


def folder_of(tmp_path, monkeypatch, images):
    """Point COURSE_DATA at a folder with these prints."""
    (tmp_path / "ukiyoe" / "images").mkdir(parents=True)
    names = [f"images/{place}.png" for place in range(len(images))]
    for name, image in zip(names, images, strict=True):
        image.save(tmp_path / "ukiyoe" / name)
    (tmp_path / "ukiyoe" / "ukiyoe.csv").write_text("\n".join(["file", *names]), encoding="utf-8")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return tmp_path / "ukiyoe"


def test_drawn_prints_stand_in_and_say_so():
    images = load_prints()
    assert images.shape == (5, 3, 64, 64) and images.dtype == torch.float32
    assert images.min() >= -1 and images.max() <= 1 and images.std() > 0.3
    assert "Prints from a generator in code, standing in for the data folder" in prints_source()
    assert prints_note() == "Prints drawn in code stand in for woodblock prints."


def test_a_drawn_print_is_the_same_however_many_are_drawn():
    assert np.array_equal(drawn_prints(2, seed=3), drawn_prints(4, seed=3)[:2])
    assert not np.array_equal(drawn_prints(1, seed=3), drawn_prints(1, seed=4))


def test_drawn_prints_are_varied():
    small = torch.from_numpy(drawn_prints(60, size=16)).flatten(1).float()
    assert torch.pdist(small).min() > 100


def test_a_drawn_print_shows_the_same_at_every_size():
    small, large = (torch.from_numpy(drawn_prints(8, size)).permute(0, 3, 1, 2).float() for size in (32, 128))
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    assert (shrunk - small).abs().mean() < 12


@pytest.mark.parametrize("arguments", [(0, 64), (3, 0)])
def test_no_prints_or_no_pixels_are_refused(arguments):
    with pytest.raises(ValueError, match="1 or more"):
        drawn_prints(*arguments)


def test_paper_and_frame_are_cut_off():
    cut = np.asarray(without_margins(scan()))
    assert (cut == (30, 90, 160)).all()
    assert cut.shape[0] >= 180 - 9 - 12 - 14 and cut.shape[1] >= 120 - 7 - 5 - 14


def test_a_print_without_margins_keeps_almost_all_of_itself():
    ramp = np.linspace(60, 200, 200)[:, None, None] * np.ones((1, 150, 3))
    assert without_margins(Image.fromarray(ramp.astype(np.uint8))).size == (146, 194)


def test_what_lies_deep_in_the_picture_is_no_frame():
    image = Image.new("RGB", (200, 200), (200, 180, 160))
    ImageDraw.Draw(image).rectangle((0, 60, 200, 200), fill=(20, 40, 90))
    assert without_margins(image).size == (194, 194)


def test_the_data_folder_comes_first(tmp_path, monkeypatch):
    folder_of(tmp_path, monkeypatch, [scan(), scan((180, 120), inside=(200, 40, 40))])
    images = load_prints(16)
    assert images.shape == (2, 3, 16, 16)
    for image, colour in zip(images, ((30, 90, 160), (200, 40, 40)), strict=True):
        assert torch.allclose(image.mean((1, 2)), torch.tensor(colour) / 127.5 - 1, atol=0.01)
    assert prints_source().startswith("Prints from the data folder") and prints_note() == ""


def test_cut_outs_differ_and_come_again(tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 255, (90, 140, 3), dtype=np.uint8)
    folder_of(tmp_path, monkeypatch, [Image.fromarray(noise), scan()])
    images = load_prints(16, crops=3)
    assert images.shape == (6, 3, 16, 16) and torch.equal(images[:2], load_prints(16))
    assert torch.pdist(images[::2].flatten(1)).min() > 1
    prints._found.cache_clear()
    assert torch.equal(images, load_prints(16, crops=3))


def test_mirror_images_come_after_the_others():
    images = load_prints(flips=True)
    assert len(images) == 10 and torch.equal(images[5:], images[:5].flip(-1))


def test_a_change_to_loaded_prints_reaches_no_one_else():
    load_prints().zero_()
    assert load_prints().std() > 0.3


@pytest.mark.parametrize("arguments", [{"size": 0}, {"size": 2.5}, {"crops": 0}, {"crops": True}])
def test_impossible_numbers_are_refused(arguments):
    with pytest.raises(ValueError, match="whole number, 1 or more"):
        load_prints(**arguments)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="no prints 'monet'; expected one of 'auto', 'folder'"):
        load_prints(name="monet")


def test_a_source_that_was_asked_for_must_be_there():
    with pytest.raises(FileNotFoundError, match="Set COURSE_DATA to it"):
        load_prints(name="folder")


def test_a_damaged_or_missing_print_is_named(tmp_path, monkeypatch):
    folder = folder_of(tmp_path, monkeypatch, [scan(), scan()])
    (folder / "images/1.png").write_bytes((folder / "images/1.png").read_bytes()[:60])
    with pytest.raises(ValueError, match="1.png is damaged"):
        load_prints()
    (folder / "images/1.png").unlink()
    with pytest.raises(FileNotFoundError, match="1.png is listed and not there"):
        load_prints()


class Rows(list):
    """A data set as the library `datasets` gives it, as far as prints are read from it."""

    def select_columns(self, name):
        return Rows({name: row[name]} for row in self)

    def cast_column(self, name, kind):
        return self


def test_on_colab_the_public_set_is_read_and_each_print_once(tmp_path, monkeypatch):
    files = []
    for place, colour in enumerate([(30, 90, 160), (200, 40, 40), (30, 90, 160)]):
        scan(inside=colour).save(tmp_path / f"{place}.png")
        files.append({"imageA": {"bytes": (tmp_path / f"{place}.png").read_bytes()}, "imageB": None})
    library = SimpleNamespace(load_dataset=lambda name, split: Rows(files), Image=lambda decode: None)
    monkeypatch.setitem(sys.modules, "datasets", library)
    monkeypatch.setenv("COURSE_PROFILE", "colab")
    assert load_prints(16).shape == (2, 3, 16, 16)
    assert prints_source() == "Prints from huggan/ukiyoe2photo."


def unreachable(*arguments, **options):
    raise ConnectionError("no network")


@pytest.mark.parametrize("library", [None, SimpleNamespace(load_dataset=unreachable, Image=None)])
def test_without_the_public_set_colab_draws(library, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", library)
    monkeypatch.setenv("COURSE_PROFILE", "colab")
    assert len(load_prints(16)) == 5 and "huggan/ukiyoe2photo, not found here" in prints_source()
    with pytest.raises(FileNotFoundError, match="pip install datasets"):
        load_prints(16, name="huggan")
