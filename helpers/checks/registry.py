"""Which check judges which exercise: a check registers itself with `@check("forward")`."""

import inspect
from collections.abc import Callable

CHECKS: dict[str, Callable[..., None]] = {}


def check(exercise: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the decorated function as the check of an exercise; notebooks find it as `helpers.checks.check_NAME`.

    exercise  the name that the exercise's cell has in solutions/; its check is called `check_` and that name
    Raises ValueError for a function of another name, and for an exercise that has a check already.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if function.__name__ != f"check_{exercise}":
            raise ValueError(
                f'{_place(function)}: @check("{exercise}") stands above {function.__name__}. '
                f"Call the function check_{exercise}, or name its exercise in the decorator."
            )
        if exercise in CHECKS:
            raise ValueError(
                f"{_place(function)}: the exercise {exercise!r} has a check already, in {_place(CHECKS[exercise])}. "
                "Take one of the two away."
            )
        CHECKS[exercise] = function
        return function

    return register


def _place(function: Callable) -> str:
    return f"{inspect.getsourcefile(function)}:{function.__code__.co_firstlineno}"
