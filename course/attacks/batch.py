"""One class of attackers, each with an honest classmate behind."""

import json
import shutil
from pathlib import Path

from course.attacks.recipes import Attack, World
from course.paths import Paths
from course.sample_class import read_material

CELL_LIMIT = 15  # seconds, for every engine


class Batch:
    """The folders of one class, and the attacks that its students make.

    folder  of the batch: class/, handed_in/, canary/ lie in it
    course  the course that is attacked
    """

    def __init__(self, folder: Path, course: Paths, attacks: list[Attack]):
        self.folder, self.course, self.attacks = folder, course, attacks

    @property
    def klass(self) -> Path:
        return self.folder / "class"

    @property
    def canary(self) -> Path:
        return self.folder / "canary"

    @property
    def outcome(self) -> Path:
        """Where the marks are written when all is done."""
        return self.folder / "outcome.json"

    @property
    def written(self) -> Path:
        """The file that says that all hand-ins were written, and the engine was let loose."""
        return self.folder / "written"

    def make(self) -> None:
        """Make the folders, with the released chapters."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.canary.mkdir(parents=True)
        shutil.copytree(self.course.root.parent / "class", self.klass)

    def write_hand_ins(self, handed: Path, is_nested: bool, port: int) -> None:
        """Write every hand-in and every classmate's.

        handed     folder of the hand-ins
        is_nested  whether a file lies in a folder of its chapter, as stock nbgrader has it
        """
        from notebook_grader.gradebook.gradebook import ClassDirectory

        course = ClassDirectory(self.klass, self.course.root)
        chapters = {
            name: _without_figures(read_material(self.course.source(name), course.released(name)))
            for name in {attack.chapter for attack in self.attacks}
        }
        for attack in self.attacks:
            chapter = chapters[attack.chapter]
            own, other = (
                handed / student / (chapter.name if is_nested else "") for student in (attack.name, mate_of(attack))
            )
            mate = other / f"{chapter.name}.ipynb"
            other.mkdir(parents=True)
            mate.write_text(json.dumps(chapter.solved), encoding="utf-8")
            attack.write(World(attack.name, chapter, own, self.klass, handed, mate, self.canary, port))


def mate_of(attack: Attack) -> str:
    """Name the honest classmate who is graded behind an attack."""
    return f"{attack.name}_mate"


def _without_figures(chapter):
    """Return a chapter whose figure cells are empty: they cost time and say nothing of a mark."""
    for notebook in (chapter.released, chapter.solved):
        for cell in notebook["cells"]:
            if "figure" in cell["metadata"].get("course", {}):
                cell["source"] = ""
    return chapter
