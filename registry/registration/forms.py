"""From a section to the inputs of a form, and from what was typed to a piece of the record.

Nothing typed is lost: a form that is refused comes back with every word that it was sent with.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from registry.capabilities.fields import (
    SEVERAL,
    YES_NO,
    Choice,
    Choices,
    Day,
    Figure,
    Flag,
    Text,
)
from registry.i18n import gettext as _
from registry.registration.sections import Asked, Piece, Section, SiteKey
from registry.web import date as written_date

MOST_TYPED = 20_000  # characters of one field; beyond, it is refused anyway
MOST_INPUTS = 40  # of one production line
LONG = 500  # characters from which a text gets an area
INPUTS = "inputs"
Words = dict[str, str]
Errors = Mapping[str, Any]
Options = Mapping[str, Sequence[tuple[str, str]]]  # choices that are not fixed, by field


@dataclass(frozen=True)
class Input:
    """One field as a template draws it. `words` are the choices of a list: value and words."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    required: bool
    most: int | None
    words: Sequence[tuple[str, str]]
    errors: list[str]
    remark: str = ""
    group: str = ""

    @property
    def language(self) -> str | None:
        return self.name[-2:] if self.name.endswith(("_en", "_fr")) else None

    @property
    def chosen(self) -> list[str]:
        """The values of a field that holds several."""
        return self.value.split(SEVERAL) if self.value else []


@dataclass(frozen=True)
class Typed:
    """What a person sent, and the piece of record that it makes unless `errors` say why not.

    `words` has the fields of an input as `inputs-0-name_en`, in the shape of `errors`.
    """

    words: Words
    piece: Piece
    errors: dict[str, Any] = field(default_factory=dict)


# From what was typed


def read(section: Section, form: MultiDict[str, str], sites: Iterable[str]) -> Typed:
    """Read the section's fields out of a form; what is left empty is not stated.

    `sites` are the keys of the record's sites.
    """
    words = {each.name: _words(form, each.name, each) for each in section.asked}
    rows = _rows(section, form)
    words |= {
        f"{INPUTS}-{n}-{name}": word for n, row in enumerate(rows) for name, word in row.items()
    }
    given: dict[str, Any] = {name: words[name] for name in section.schema.fields if name in words}
    if section.inputs:
        given[INPUTS] = rows
    errors = _errors(section, given, set(sites))
    if errors:
        return Typed(words, {}, errors)
    piece = {each.name: plain(each.kind.deserialize(words[each.name])) for each in section.asked}
    if section.inputs:
        piece[INPUTS] = [
            {each.name: plain(each.kind.deserialize(row[each.name])) for each in section.inputs}
            for row in rows
        ]
    return Typed(words, piece)


def _words(form: MultiDict[str, str], name: str, asked: Asked) -> str:
    """What was typed in a field; of several boxes that were ticked, all."""
    if isinstance(asked.kind, Choices):
        return SEVERAL.join(form.getlist(name))[:MOST_TYPED]
    return form.get(name, "").replace("\0", "")[:MOST_TYPED]


def _rows(section: Section, form: MultiDict[str, str]) -> list[Words]:
    """The inputs of a line, without those of which nothing was typed."""
    if not section.inputs:
        return []
    if packed_rows := form.get(INPUTS):  # chosen whole between two people's versions
        return rows_of(section, unpacked_list(packed_rows))
    rows = []
    for place in range(MOST_INPUTS):
        row = {
            each.name: _words(form, f"{INPUTS}-{place}-{each.name}", each)
            for each in section.inputs
        }
        if any(word.strip() for word in row.values()):
            rows.append(row)
    return rows


def _errors(section: Section, given: dict[str, Any], sites: set[str]) -> dict[str, Any]:
    """Messages by field: what is required and missing, and what the section's rules find."""
    errors: dict[str, Any] = {}
    for each in section.asked:
        if each.required and not given[each.name].strip():
            errors[each.name] = [_("State this: without it the entry says nothing.")]
    site = given.get("site_id")
    if site and site not in sites:
        errors["site_id"] = [_("This site is not on the record any more. Choose another.")]
    try:
        section.schema.load(given | ({"site_id": None} if site else {}))
    except ValidationError as error:
        errors |= dict(error.normalized_messages())
    return errors


def plain(value: Any) -> Any:
    """A value as JSON holds it, and as the field reads it again."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


# To a form


def as_word(value: Any) -> str:
    """One stored value as an input holds it; what is not stated is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) or (
        isinstance(value, list) and value and isinstance(value[0], dict)
    ):
        return json.dumps(value, ensure_ascii=False)
    return SEVERAL.join(value) if isinstance(value, list) else str(value)


def words_of(section: Section, piece: Mapping[str, Any]) -> Words:
    """A stored piece as a form shows it."""
    words = {each.name: as_word(piece.get(each.name)) for each in section.asked}
    for place, row in enumerate(rows_of(section, piece.get(INPUTS) or [])):
        words |= {f"{INPUTS}-{place}-{name}": word for name, word in row.items()}
    return words


def rows_of(section: Section, inputs: Iterable[Mapping[str, Any]]) -> list[Words]:
    return [{each.name: as_word(row.get(each.name)) for each in section.inputs} for row in inputs]


def count_rows(words: Mapping[str, str]) -> int:
    """How many inputs of a line are typed."""
    places = [int(name.split("-")[1]) for name in words if name.startswith(f"{INPUTS}-")]
    return max(places, default=-1) + 1


def fields_of(
    section: Section, words: Words, errors: Errors, remarks: Mapping[str, str], options: Options
) -> list[Input]:
    """The inputs of a section's form, with what is wrong and what is only odd."""
    return [
        _input(each, each.name, words, errors.get(each.name), remarks.get(each.name, ""), options)
        for each in section.asked
    ]


def rows_to_fill(
    section: Section, words: Words, errors: Errors, options: Options
) -> list[list[Input]]:
    """The inputs of a line, and one more that is empty."""
    if not section.inputs:
        return []
    wrong = errors.get(INPUTS) or {}
    return [
        [
            _input(
                each,
                f"{INPUTS}-{place}-{each.name}",
                words,
                wrong.get(place, {}).get(each.name) if isinstance(wrong, dict) else None,
                "",
                options,
            )
            for each in section.inputs
        ]
        for place in range(min(count_rows(words) + 1, MOST_INPUTS))
    ]


def _input(
    asked: Asked, name: str, words: Words, errors: Any, remark: str, options: Options
) -> Input:
    choices = options.get(asked.name)
    label = _(asked.label) + (f" ({_(asked.unit)})" if asked.unit else "")
    return Input(
        name=name,
        label=label,
        hint=_(asked.hint) if asked.hint else "",
        kind="choice" if choices is not None else _widget(asked),
        value=words.get(name, ""),
        required=asked.required,
        most=asked.kind.most if isinstance(asked.kind, Text) else None,
        words=choices if choices is not None else _choices(asked),
        errors=[errors] if isinstance(errors, str) else list(errors or ()),
        remark=remark,
        group=asked.group,
    )


def _widget(asked: Asked) -> str:
    kind = asked.kind
    if isinstance(kind, Choices):
        return "several"
    if isinstance(kind, Choice | Flag):
        return "choice"
    if isinstance(kind, Day):
        return "date"
    if isinstance(kind, Figure):
        return "number"
    return "area" if isinstance(kind, Text) and kind.most > LONG else "text"


def _choices(asked: Asked) -> list[tuple[str, str]]:
    if isinstance(asked.kind, Flag):
        return [(value, _(words)) for value, words in YES_NO.items()]
    if isinstance(asked.kind, Choice):
        return [(value, _(words)) for value, words in asked.kind.words.items()]
    return []


def said(section: Section, name: str, value: Any, sites: Mapping[str, str]) -> str:
    """A stored value in words, for pages that show a record and do not ask."""
    if value is None or value in ("", []):
        return _("not stated")
    if name == INPUTS:
        return SEVERAL.join(str(row.get("name_en") or row.get("name_fr")) for row in value)
    asked = section.field(name)
    if isinstance(asked.kind, SiteKey):
        return sites.get(str(value), _("a site that is gone"))
    if isinstance(asked.kind, Choice | Flag):
        return str(asked.kind.typed(value))
    if isinstance(asked.kind, Day):
        return written_date(dt.date.fromisoformat(value))
    if asked.unit:
        return f"{format_decimal(Decimal(str(value)))} {_(asked.unit)}"
    return as_word(value)


# What a form carries, to tell later what had changed meanwhile


def packed(piece: Mapping[str, Any]) -> str:
    return json.dumps(piece, ensure_ascii=False, sort_keys=True)


def unpacked(text: str | None) -> Piece | None:
    """What `packed` made; None if a form does not carry it, or carries something else."""
    piece = _from_json(text)
    return piece if isinstance(piece, dict) else None


def unpacked_list(text: str) -> list[Piece]:
    rows = _from_json(text)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _from_json(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return None
