"""How one cell went, on either side of the split."""

from typing import TYPE_CHECKING, NamedTuple

from nbformat import NotebookNode

if TYPE_CHECKING:
    from helpers.checks.report import CheckFailed


class CellRun(NamedTuple):
    """How one cell went.

    status   "ok", "error", "timeout" (it was stopped) or "died" (the process ended)
    outputs  what it showed, in nbformat's form, without the error itself
    error    name, text and lines of the error; None unless status is "error"
    seconds  wall time
    failure  what a check said, where one failed
    """

    status: str
    outputs: list[NotebookNode]
    error: tuple[str, str, list[str]] | None
    seconds: float
    failure: "CheckFailed | None" = None
