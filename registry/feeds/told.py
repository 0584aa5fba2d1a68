"""Messages that can be said again in another language: a worker's are read by whoever looks later.

A reason is kept as the message and what it is said with, not as the words of the worker's language.
"""

import json
from typing import Any

from registry.i18n import gettext


class Told(str):
    """A translated message that remembers what was said, and with which values."""

    message: str
    values: dict[str, Any]

    def __new__(cls, message: str, **values: Any) -> "Told":
        said = super().__new__(cls, gettext(message, **values))
        said.message, said.values = message, values
        return said


def keep(told: str, most: int) -> str:
    """The message as text of at most `most` characters, which `say_again` reads."""
    kept = json.dumps(_plain(told), ensure_ascii=False) if isinstance(told, Told) else told
    return kept if len(kept) <= most else told[:most]


def say_again(kept: str) -> str | None:
    """The message in the reader's language; None for one that was kept as words alone."""
    try:
        return str(_said(json.loads(kept)))
    except (ValueError, KeyError, TypeError):
        return None


def _plain(value: Any) -> Any:
    if not isinstance(value, Told):
        return value if isinstance(value, int | float) else str(value)
    return {"say": value.message, "with": {key: _plain(v) for key, v in value.values.items()}}


def _said(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    return gettext(plain["say"], **{key: _said(value) for key, value in plain["with"].items()})
