"""nbgrader's generate_assignment, quiet, and its product compared with what the markers say."""

import logging

import nbformat

from course import CourseError
from course.authoring import Chapter
from course.paths import Paths
from course.rules.problem import region_of
from notebook_grader import markers


def strip(paths: Paths, out: Paths, chapters: list[Chapter]) -> dict[str, nbformat.NotebookNode]:
    """Let nbgrader make the students' form of each notebook in out.build, from build/source to build/release.

    Returns the notebooks by chapter. Raises CourseError with nbgrader's own words where it fails, and where its product
    is not the source with solutions replaced by the stub and hidden tests taken out.
    """
    config = _nbgrader_config(paths, out)
    for chapter in chapters:
        _generate(chapter.name, config)
    released = {chapter.name: nbformat.read(out.release(chapter.name), as_version=4) for chapter in chapters}
    for chapter in chapters:
        _require_stripped(chapter, released[chapter.name], config)
    return released


def _nbgrader_config(paths: Paths, out: Paths):
    """Read nbgrader_config.py (stub text, strippers); set here only the folders, and that no database is written."""
    from traitlets.config.loader import PyFileConfigLoader

    if not paths.nbgrader_config.is_file():
        raise CourseError(f"{paths.nbgrader_config.name} is missing in {paths.root}. Restore it from the repository.")
    config = PyFileConfigLoader(str(paths.nbgrader_config)).load_config()
    config.CourseDirectory.root = str(out.build)
    config.CourseDirectory.source_directory, config.CourseDirectory.release_directory = "source", "release"
    config.SaveCells.enabled = False
    return config


def _generate(name: str, config) -> None:
    # Imported here: nbgrader takes seconds to load, and `course --help` does not need it.
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    log, lines = _captured_log()
    folder = CourseDirectory(config=config, log=log)
    folder.assignment_id = name
    converter = GenerateAssignment(coursedir=folder, config=config, log=log)
    converter.force = converter.no_database = True
    try:
        converter.start()
    except Exception as error:
        told = "\n".join(lines)
        raise CourseError(f"nbgrader could not release {name}: {error}\n{told}") from error


def _captured_log() -> tuple[logging.Logger, list[str]]:
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())
    log = logging.Logger("course.build")
    log.addHandler(handler)
    return log, lines


def _require_stripped(chapter: Chapter, notebook: nbformat.NotebookNode, config) -> None:
    from nbgrader.preprocessors import ClearSolutions

    released = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    stripper = ClearSolutions(config=config)  # knows its defaults, where the file is silent
    stubs = {"code": stripper.code_stub["python"], "markdown": stripper.text_stub}
    for cell in chapter.cells:
        region = region_of(cell)
        if region is None:
            continue
        stub = None if "check" in cell.tags else stubs[cell.kind]
        if released[cell.grade_id].source != markers.without(cell.source, [region], stub):
            raise CourseError(
                f"solutions/{chapter.path.name}, cell {cell.number} ({cell.grade_id}): nbgrader did not strip it as "
                "its markers say. Do the delimiters in nbgrader_config.py agree with notebook_grader/markers.py?"
            )
