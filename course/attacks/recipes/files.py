"""Archives, links and other things that are no notebook: a reason for the student, and no harm."""

import io
import json
import os
import zipfile

from course.attacks.recipes.kit import World, attack

KIND = "archives and links"


@attack(KIND, "the file is a link to a classmate's hand-in", refused=True)
def link_to_a_classmate(world: World) -> None:
    world.file.symlink_to(world.mate)


@attack(KIND, "the file is a link to the instructor's notebook", refused=True)
def link_to_the_solutions(world: World) -> None:
    world.file.symlink_to(world.source)


@attack(KIND, "the file is a link to a device that never ends", refused=True)
def link_to_a_device(world: World) -> None:
    world.file.symlink_to("/dev/zero")


@attack(KIND, "the file is a pipe, from which reading never returns", refused=True)
def named_pipe(world: World) -> None:
    os.mkfifo(world.file)


@attack(KIND, "the file is a folder", refused=True)
def folder(world: World) -> None:
    world.file.mkdir()


@attack(KIND, "the file is a zip archive with the name of a notebook", refused=True)
def archive_called_notebook(world: World) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(world.file.name, json.dumps(world.solved()))
    return packed.getvalue()


@attack(KIND, "a whole gigabyte of blanks in a small archive with the name of a notebook", refused=True)
def bomb(world: World) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("01_target.ipynb", "w", force_zip64=True) as file,
    ):
        for _ in range(100):
            file.write(b" " * 10_000_000)
    return packed.getvalue()


@attack(KIND, "the file is larger than a grader can read", refused=True)
def huge_file(world: World) -> None:
    with world.file.open("wb") as file:
        file.truncate(300_000_000)


@attack(KIND, "a link to the gradebook lies beside the notebook, which is right")
def link_beside_the_notebook(world: World) -> dict:
    (world.folder / "notes.txt").symlink_to(world.course / "gradebook.db")
    (world.folder / "everything").symlink_to("/")
    return world.solved()


@attack(KIND, "the time of the hand-in is a page long and no time; the notebook is right")
def damaged_time(world: World) -> dict:
    (world.folder / "timestamp.txt").write_text("yesterday evening \n" * 40, encoding="utf-8")
    return world.solved()
