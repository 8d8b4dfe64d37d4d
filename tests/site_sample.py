"""A small course for the website's tests: one chapter, released and run, with every kind of cell that a page knows."""

import base64
import io
import shutil
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import nbformat
import numpy as np
import yaml
from matplotlib import pyplot as plt

from course.citations import with_plain_citations
from course.paths import ROOT, Paths

CHAPTER = "02_forward_process"
BIBLIOGRAPHY = Paths(ROOT).bibliography
_OPENING = """\
# 2. The forward process

Noise is added a little at a time, {cite:p}`ho2020denoising`, or in one jump:
$x_{t'} = \\sqrt{\\bar\\alpha_{t'}}\\,x_0 + \\sqrt{1-\\bar\\alpha_{t'}}\\,\\epsilon$.

> **Goals.** After this chapter you can
>
> - add the noise of any time $t$ in one line;
> - say why the variance stays 1.

See [notation](../book/notation.md)."""
_ANSWER = """\
def forward(im, t):
    ### BEGIN SOLUTION
    return alphas_cumprod[t].sqrt() * im
    ### END SOLUTION"""
_STUB = """\
def forward(im, t):
    raise NotImplementedError("write your answer here, then run the check below")"""
_CHECK = "check_forward(forward)"
_HIDDEN = "\n### BEGIN HIDDEN TESTS\ncheck_forward(forward, seed=1)\n### END HIDDEN TESTS"
_FIGURE = {
    "figure": "noisy",
    "alt": "Three pictures with more and more noise.",
    "caption": "More noise: $t = 250, 500, 750$.",
}


def released() -> nbformat.NotebookNode:
    """The student's notebook, as `course build` writes it."""
    return with_plain_citations(_notebook(_STUB, _CHECK, "What do you see?\n\nYOUR ANSWER HERE"), BIBLIOGRAPHY)


def executed() -> nbformat.NotebookNode:
    """The reference run of the instructor's notebook, as `course execute` writes it."""
    model_answer = "What do you see?\n\n### BEGIN SOLUTION\nThe large shapes stay.\n### END SOLUTION"
    notebook = _notebook(_ANSWER, _CHECK + _HIDDEN, model_answer)
    runs = {cell.id: cell for cell in notebook.cells}
    runs["setup"].outputs = [_stdout("pocket: no GPU here\n"), _stream("stderr", "a warning\n")]
    runs["check_forward"].outputs = [_stdout("forward: right at all 40 times.\n")]
    runs["figure_noisy"].outputs = [_stdout("  0%|   | 0/3 [00:00]\r100%|###| 3/3 [00:01]\n"), _picture(3)]
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "VBox()"}
    runs["panel"].outputs = [nbformat.v4.new_output("display_data", view), _picture(1)]
    return notebook


def sample_course(root: Path) -> Paths:
    """Write a course of one chapter that has the real pages, styles and configuration."""
    paths = Paths(root)
    shutil.copytree(ROOT / "book", root / "book")
    shutil.copy(ROOT / "_config.yml", root)
    for real_card in (ROOT / "helpers" / "weights").glob("*/README.md"):
        model = real_card.parent.name
        card = root / real_card.relative_to(ROOT)
        card.parent.mkdir(parents=True)
        card.write_text(f"# {model}: a small model\n\n## Limits\n\nIt is small.\n", encoding="utf-8")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        part["chapters"] = [entry for entry in part["chapters"] if _is_kept(entry["file"])]
    toc["parts"] = [part for part in toc["parts"] if part["chapters"]]
    paths.toc.write_text(yaml.safe_dump(toc), encoding="utf-8")
    for folder in (paths.solutions, paths.notebooks, paths.executed_folder):
        folder.mkdir(parents=True)
    paths.solution(CHAPTER).touch()
    nbformat.write(released(), paths.notebook(CHAPTER))
    nbformat.write(executed(), paths.executed(CHAPTER))
    return paths


def _is_kept(file: str) -> bool:
    return not file.startswith("notebooks/") or file.endswith(CHAPTER)


def _notebook(answer: str, check: str, reflection: str) -> nbformat.NotebookNode:
    course = {"chapter": CHAPTER, "title": "The forward process", "summary": "One line adds the noise of any time."}
    times = {"t4": "2 minutes", "cpu": "5 minutes"}
    notebook = nbformat.v4.new_notebook(metadata={"course": course | {"times": times}})
    notebook.cells = [
        _text("opening", _OPENING),
        _code("install", "import sys", {"install": True}),
        _code("setup", "stage_1 = load_stage_1()", {"setup": True}),
        _text("task", "## Your turn\n\n> **Exercise 2.1.** Write `forward` in one line."),
        _code("forward", answer, {"exercise": "forward"}, {"solution": True, "grade": False}),
        _code("check_forward", check, {"check": "forward", "points": 5}, {"solution": False, "grade": True}),
        _code("figure_noisy", "show(noisy)", _FIGURE),
        _text("question", "> **Look again.** What stays longest?"),
        _text("reflection_steps", reflection, {"reflection": "steps"}, {"solution": True, "grade": True}),
        _code("panel", "panel()", {"widget": True, "caption": "A panel with three sliders."}),
    ]
    return notebook


def _text(name: str, source: str, course: dict | None = None, grading: dict | None = None) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source, id=name, metadata=_metadata(course, grading))


def _code(name: str, source: str, course: dict, grading: dict | None = None) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, id=name, metadata=_metadata(course, grading))


def _metadata(course: dict | None, grading: dict | None) -> dict:
    return ({"course": course} if course else {}) | ({"nbgrader": grading} if grading else {})


def _stdout(text: str) -> nbformat.NotebookNode:
    return _stream("stdout", text)


def _stream(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)


def _picture(columns: int) -> nbformat.NotebookNode:
    """Draw a row of noisy discs, as a PNG output."""
    across, down = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64))
    disc = np.where(across**2 + down**2 < 0.5, 1.0, -1.0)
    figure, axes = plt.subplots(1, columns, figsize=(3 * columns, 3), squeeze=False)
    for level, axis in enumerate(axes[0]):
        noise = np.random.default_rng(level).normal(size=disc.shape)
        axis.imshow(disc + level * noise, cmap="gray")
        axis.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    png = base64.b64encode(buffer.getvalue()).decode()
    return nbformat.v4.new_output("display_data", {"image/png": png, "text/plain": "<Figure size 900x300 with 3 Axes>"})
