"""JSON lines: one object a line, so a bad line never spoils the next."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

from registry.feeds.problems import Fault, Problems, RowRefused
from registry.feeds.reader import Feed, Line, Row, read_lines, refuse_empty, too_long
from registry.feeds.text import nul_fault
from registry.feeds.told import Told as _

# The escape itself, after an even number of backslashes.
_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def read_json_lines(feed: Feed, problems: Problems) -> Iterator[Row]:
    """The objects of the file. A line that is not one is refused.

    Raises FileRefused if there is no line at all, and as `read_lines`.
    """
    lines = 0
    for line in read_lines(feed):
        if line.text is not None and not line.text.strip():
            continue
        lines += 1
        try:
            yield Row(line.number, line.size, _parse(line, feed.limits.line_bytes, problems))
        except RowRefused as refusal:
            problems.refuse(line.number, refusal)
    if not lines:
        raise refuse_empty(feed)


def _parse(line: Line, limit: int, problems: Problems) -> dict[str, Any]:
    if line.text is None:
        raise RowRefused(Fault("", "", *too_long(limit)))
    if "\0" in line.text:
        raise RowRefused(nul_fault("", line.text))
    try:
        value = json.loads(line.text.rstrip(), parse_constant=_refuse_constant)
        if not isinstance(value, dict):
            raise RowRefused(_malformed(line.text, _("The line is not a JSON object in braces.")))
        # Only escapes can smuggle in what the text does not show; the look inside is rare.
        if "\\u0000" in line.text or "\\ud" in line.text.lower():
            _make_storable(value, line.number, problems)
    except json.JSONDecodeError as error:
        why = _("The line is not valid JSON from character %(place)d.", place=error.pos + 1)
        raise RowRefused(_malformed(line.text, why)) from error
    except RecursionError as error:
        raise RowRefused(_malformed(line.text, _("The line is nested too deeply."))) from error
    except ValueError as error:  # a number of thousands of digits, or NaN
        raise RowRefused(_malformed(line.text, _("A number of the line is not one."))) from error
    return value


def _malformed(text: str, why: str) -> Fault:
    return Fault(
        "",
        text,
        why,
        _("Correct the line, or export the file again."),
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _make_storable(record: dict[str, Any], line: int, problems: Problems) -> None:
    """Take out escaped NUL characters, which no database stores, and say so.

    Raises RowRefused for half a character: nobody can tell what it was.
    """
    for column, value in record.items():
        text = json.dumps(value)
        if _ESCAPED_NUL.search(text):
            record[column] = json.loads(_ESCAPED_NUL.sub(r"\1", text))
            fault = nul_fault(column, value)
            problems.warn(line, replace(fault, advice=_("The text was kept without it.")))
        try:
            json.dumps([column, value], ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise RowRefused(
                Fault(
                    column.encode(errors="replace").decode(),
                    text,
                    _("The text holds half of a character (a lone surrogate)."),
                    _("Correct the text, or export the file again."),
                )
            ) from error
