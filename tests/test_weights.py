"""The registry of weights: it lists the files that are there, every loader goes by it, and it may point elsewhere."""

import json
import shutil

import pytest

from helpers import weights as registry_of_weights
from helpers.clip import load_clip
from helpers.denoisers import load_stage_1
from helpers.metrics import load_digit_judge
from helpers.networks import load_shipped
from helpers.networks.shipped import shipped_losses
from helpers.postcards import load_postcards
from helpers.weights import SHIPPED, folder_of, registry, weights
from training.registry import entry_of, shipped_entries

LOADED_BY = {
    "pocket": lambda: load_stage_1("pocket", device="cpu"),
    "pocket_clip": lambda: load_clip("pocket", "cpu"),
    "pocket_clip_judge": lambda: load_clip("judge", "cpu"),
    "postcards_base": lambda: load_postcards("base", "cpu"),
    "postcards_pocket": lambda: load_postcards("pocket", "cpu"),
    "mnist_one_step": lambda: load_shipped("one_step", 1),
    "mnist_time": lambda: shipped_losses("time"),
    "manga_faces_200": lambda: load_shipped("faces_200"),
    "digit_judge": load_digit_judge,
}


def test_the_registry_is_what_the_exporters_make_of_the_files():
    assert shipped_entries() == registry(), "run `python -m training.registry` and commit the file"


def test_every_file_of_weights_in_the_package_belongs_to_one_entry():
    listed = [folder_of(name).relative_to(SHIPPED) / file for name in registry() for file in registry()[name].files]
    assert len(listed) == len({*listed})
    assert {path.relative_to(SHIPPED) for path in SHIPPED.rglob("*.safetensors")} <= {*listed}


@pytest.mark.parametrize("name", LOADED_BY)
def test_weights_that_an_entry_says_lie_elsewhere_are_loaded_from_there(name, tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere"
    for file in registry()[name].files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder_of(name) / file, folder / file)
    table = json.loads(registry_of_weights.REGISTRY.read_text())
    table[name]["source"] = f"folder:{folder}"
    (tmp_path / "registry.json").write_text(json.dumps(table))
    monkeypatch.setattr(registry_of_weights, "REGISTRY", tmp_path / "registry.json")
    registry.cache_clear()
    try:
        assert weights(name) == folder
        LOADED_BY[name]()
        damaged = next(folder / file for file in registry()[name].files if file.endswith((".safetensors", ".json")))
        damaged.write_bytes(damaged.read_bytes()[:-1])
        with pytest.raises(ValueError, match=rf"{folder}.* is damaged.*Install the package again"):
            LOADED_BY[name]()
    finally:
        registry.cache_clear()


def test_a_changed_file_gives_an_entry_its_next_version(tmp_path):
    (tmp_path / "a").write_text("one")
    first = entry_of(tmp_path, ["a"], "shipped:x")
    assert entry_of(tmp_path, ["a"], "shipped:x", first._asdict()) == first
    (tmp_path / "a").write_text("two!")
    second = entry_of(tmp_path, ["a"], "shipped:x", first._asdict())
    assert (first.version, second.version, second.size) == (1, 2, 4) and second.checksum != first.checksum


def test_a_name_that_the_registry_lacks_is_an_error_with_the_near_ones():
    with pytest.raises(ValueError, match=r"no weights 'poket'; near it: pocket\b.*registry\.json"):
        weights("poket")


def test_a_source_of_an_unknown_kind_is_an_error_that_lists_the_known(monkeypatch):
    monkeypatch.setitem(registry(), "pocket", registry()["pocket"]._replace(source="hub:someone/pocket"))
    with pytest.raises(ValueError, match=r"source 'hub'; expected one of shipped:\.\.\., folder:.*registry\.json"):
        weights("pocket")


def test_a_missing_file_is_named_with_its_folder(monkeypatch, tmp_path):
    monkeypatch.setitem(registry(), "pocket", registry()["pocket"]._replace(source=f"folder:{tmp_path}"))
    with pytest.raises(FileNotFoundError, match=rf"The model in {tmp_path} lacks the file .*Install"):
        weights("pocket")
