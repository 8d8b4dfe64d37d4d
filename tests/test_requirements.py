"""requirements.lock names every package that an installation of requirements.txt brings, at the version that it has."""

import re
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.paths import ROOT

CURE = "Run `make lock` and commit requirements.lock."
# torch is pinned by requirements.txt alone: its CPU build and its GPU build have different versions. The other two are
# what installs, not what is installed.
NOT_LOCKED = {"torch", "pip", "setuptools"}


def pins(name: str) -> dict[str, str]:
    """Read the pins of a requirements file: canonical name -> version."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.+!]+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def needed(roots: list[Requirement]) -> set[str]:
    """Return the names of the packages that some requirements bring on this machine, themselves included."""
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = list(roots)
    while queue:
        requirement = queue.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key in seen:
            continue
        seen.add(key)
        for text in distribution(requirement.name).requires or []:
            each = Requirement(text)
            extras = ("", *requirement.extras)
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras):
                queue.append(each)
    return {name for name, _ in seen}


def required() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def test_the_lock_has_the_versions_that_requirements_txt_asks_for():
    asked, locked = pins("requirements.txt"), pins("requirements.lock")
    stale = {name: locked.get(name) for name in asked if name not in NOT_LOCKED and locked.get(name) != asked[name]}
    assert not stale, f"requirements.lock has {stale} where requirements.txt asks for other versions. {CURE}"


def test_the_lock_names_all_that_an_installation_brings_and_nothing_else():
    locked = set(pins("requirements.lock"))
    brought = needed([each for each in required() if canonicalize_name(each.name) not in NOT_LOCKED])
    from_torch = needed([Requirement("torch")])  # a GPU build brings packages of its own
    missing = brought - locked - from_torch - NOT_LOCKED
    assert not missing, f"requirements.lock lacks {sorted(missing)}. {CURE}"
    extra = locked - brought - from_torch
    assert not extra, f"requirements.lock has {sorted(extra)}, which nothing asks for. {CURE}"


def test_the_lock_has_the_versions_that_are_installed():
    other = {}
    for name, version in pins("requirements.lock").items():
        try:
            installed = distribution(name).version
        except PackageNotFoundError:
            installed = "nothing"
        if installed != version:
            other[name] = f"{installed}, not {version}"
    assert not other, f"Installed is {other}. Run `make setup` again, or `make lock` where the new ones are wanted."
