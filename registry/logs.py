"""What a log says of an exception: where it arose and of which kind, never with which values.

The message of an exception may quote a figure (a database quotes the row that it refused), and a
log is read by people who may not see it. What a person can act on is said to that person by a
RegistryError instead.
"""

from collections.abc import Iterator
from traceback import format_tb


def discreet(error: BaseException | None) -> str:
    """The kinds and the places of an exception and of those that it came from, these first."""
    return "\n".join(reversed([_told(cause) for cause in _causes(error)]))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    kind = type(error)
    code = getattr(error, "sqlstate", None)  # PostgreSQL's: which kind of rule was broken
    places = "".join(format_tb(error.__traceback__)).rstrip()
    return f"{kind.__module__}.{kind.__qualname__}{f' ({code})' if code else ''}\n{places}"
