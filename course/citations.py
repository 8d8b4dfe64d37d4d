"""Citations of a chapter in the form that Colab and Jupyter show: names, year and a link.

The website sets {cite:t}`key` and {cite:p}`key` itself and lists the works; a notebook viewer would print them raw.
"""

import re
from pathlib import Path

from nbformat import NotebookNode
from pybtex.database import BibliographyData, Entry, parse_file

from course import CourseError

_CITATION = re.compile(r"\{cite:([tp])\}`([^`]+)`")


def with_plain_citations(notebook: NotebookNode, bibliography: Path) -> NotebookNode:
    """Return the notebook with every citation written out, as in [Ho et al. 2020](https://...).

    bibliography  the .bib file; read only where something is cited

    Raises CourseError for a key that it does not hold.
    """
    if any(_CITATION.search(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"):
        works = parse_file(str(bibliography))
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _CITATION.sub(lambda citation: _plain(citation, works, bibliography), cell.source)
    return notebook


def _plain(citation: re.Match, works: BibliographyData, bibliography: Path) -> str:
    keys = [key.strip() for key in citation[2].split(",")]
    unknown = [key for key in keys if key not in works.entries]
    if unknown:
        raise CourseError(
            f"`{citation[0]}`: {bibliography.name} does not hold {unknown[0]!r}. Add the work, or mend the key."
        )
    named = "; ".join(_link(works.entries[key]) for key in keys)
    return named if citation[1] == "t" else f"({named})"


def _link(work: Entry) -> str:
    """Return [authors year](address) of one work, without the link where it has no address."""
    # pybtex types persons and fields by their None in the class; every object has them
    persons = work.persons["author"]  # pyright: ignore[reportOptionalSubscript]
    year = work.fields["year"]  # pyright: ignore[reportOptionalSubscript]
    address = work.fields.get("url")  # pyright: ignore[reportOptionalMemberAccess]
    names = [" ".join([*person.prelast_names, *person.last_names]) for person in persons]
    authors = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."
    label = f"{authors.replace('{', '').replace('}', '')} {year}"
    return label if address is None else f"[{label}]({address})"
