"""Markdown of a chapter -> markdown of its page: labelled quotations become boxes, the title gets its bar.

In Colab and Jupyter a call-out is a quotation that begins with a bold label. Only the site knows boxes.
"""

import re
from collections.abc import Iterator

# Label at the start of a quotation -> class of its box in course.css.
LABELS = {
    "Goals": "goals",
    "Predict": "predict",
    "Exercise": "exercise",
    "Check": "check",
    "Look again": "look-again",
    "Note": "aside",
    "Careful": "careful",
    "Rubric": "rubric",
}
ANSWER_STUB = "YOUR ANSWER HERE"

_LABEL = re.compile(rf"\*\*({'|'.join(LABELS)})\b([^*]*?)[.:]?\*\*(?: (\([^)]*\))\.)?[ \t]*")
_FENCE = re.compile(r"\s*(```+|~~~+|:::+)")
_TITLE = re.compile(r"^# (?:(?:Chapter )?\d+[.:]?\s+)?(.+)$", re.MULTILINE)
_ANSWER_BOX = ":::{div} your-answer\nYour answer goes here. It is marked by hand.\n:::"


def to_page(markdown: str) -> str:
    """Turn the labelled quotations of a cell into boxes and the stub of a written answer into an answer field.

    A quotation without a label stays one; nothing inside a code fence is touched.
    """
    boxed = "\n".join(_box(block) if is_quote else "\n".join(block) for is_quote, block in _blocks(markdown))
    return boxed.replace(ANSWER_STUB, _ANSWER_BOX)


def with_bar(markdown: str, bar: str) -> str:
    """Put a chapter's bar (Colab, download, time) under its title, and take a number off the title.

    Raises ValueError where the cell has no title.
    """
    title = _TITLE.search(markdown)
    if title is None:
        raise ValueError(f"the first cell begins with {markdown[:60]!r}; a chapter begins with a line `# Its title`")
    return f"{markdown[: title.start()]}# {title[1]}\n\n{bar}\n{markdown[title.end() :]}"


def _blocks(markdown: str) -> Iterator[tuple[bool, list[str]]]:
    """Split into runs of lines, each a quotation (True) or anything else."""
    block: list[str] = []
    was_quote, fence = False, None
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = mark[1][:3] if fence is None else (None if mark[1].startswith(fence) else fence)
        is_quote = fence is None and line.startswith(">")
        if is_quote != was_quote and block:
            yield was_quote, block
            block = []
        block.append(line)
        was_quote = is_quote
    if block:
        yield was_quote, block


def _box(quotation: list[str]) -> str:
    body = "\n".join(re.sub(r"^> ?", "", line) for line in quotation)
    label = _LABEL.match(body)
    if label is None:
        return "\n".join(quotation)
    title = " ".join(filter(None, [(label[1] + label[2]).strip(), label[3]]))
    # Six colons: a box of the author's own inside it has three.
    return f"::::::{{admonition}} {title}\n:class: course-{LABELS[label[1]]}\n{body[label.end() :]}\n::::::"
