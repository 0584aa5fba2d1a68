"""From a section's schema to the inputs of a form, and from what was typed to a piece of record.

Nothing typed is lost: a form that is refused comes back with every word that it was sent with.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError

from registry.i18n import gettext as _
from registry.i18n import mark
from registry.registration.sections import Piece

MOST_TYPED = (
    20_000  # of one field; a longer one is refused by its length and need not be kept whole
)
YES_NO = {"yes": mark("yes"), "no": mark("no")}
_GROUPING = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d)")


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
    words: list[tuple[str, str]]
    errors: list[str]
    remark: str = ""
    language: str | None = None


@dataclass(frozen=True)
class Typed:
    """What a person sent, and the piece of record that it makes unless `errors` say why not."""

    words: dict[str, str]
    piece: Piece
    errors: dict[str, list[str]] = field(default_factory=dict)


def read(schema: Schema, form: Mapping[str, str]) -> Typed:
    """Read the schema's fields out of a form; what is left empty is not stated."""
    words = {name: form.get(name, "").replace("\0", "")[:MOST_TYPED] for name in schema.fields}
    given = {
        name: _plain(schema, name, text.strip()) for name, text in words.items() if text.strip()
    }
    try:
        loaded = schema.load(given)
    except ValidationError as error:
        return Typed(words, {}, _told(error.messages))
    return Typed(words, dict(schema.dump(loaded)))


def _plain(schema: Schema, name: str, text: str) -> str:
    """Numbers may be grouped, and have a decimal comma, as either language writes them."""
    if schema.fields[name].metadata.get("kind") not in ("number", "decimal"):
        return text
    text = _GROUPING.sub("", text).replace("\u2212", "-")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+", text):
        return text.replace(",", "")
    return text.replace(",", ".") if text.count(",") == 1 else text


def _told(messages: Any) -> dict[str, list[str]]:
    """Messages by field, in the reader's language."""
    return {
        name: [_(text) for text in (told if isinstance(told, list) else [str(told)])]
        for name, told in messages.items()
    }


def words_of(piece: Mapping[str, Any], schema: Schema) -> dict[str, str]:
    """A stored piece as a form shows it."""
    return {name: as_word(piece.get(name)) for name in schema.fields}


def as_word(value: Any) -> str:
    """One stored value as an input holds it; what is not stated is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def inputs(
    schema: Schema,
    words: Mapping[str, str],
    errors: Mapping[str, list[str]],
    remarks: Mapping[str, str],
    sites: Iterable[tuple[str, str]] = (),
) -> list[Input]:
    """The inputs of a form, with what was typed, what is wrong and what is only odd."""
    return [
        Input(
            name=name,
            label=_(field.metadata["label"]),
            hint=_(field.metadata["hint"]) if field.metadata.get("hint") else "",
            kind=field.metadata["kind"],
            value=words.get(name, ""),
            required=bool(field.metadata.get("required")),
            most=field.metadata.get("most"),
            words=_choices(field.metadata, sites),
            errors=errors.get(name, []),
            remark=remarks.get(name, ""),
            language=name[-2:] if name.endswith(("_en", "_fr")) else None,
        )
        for name, field in schema.fields.items()
    ]


def _choices(
    metadata: Mapping[str, Any], sites: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    if metadata["kind"] == "yesno":
        return [(value, _(words)) for value, words in YES_NO.items()]
    if metadata["kind"] == "site":
        return list(sites)
    return [(value, _(words)) for value, words in metadata.get("words", {}).items()]


def said(schema: Schema, name: str, value: Any, sites: Mapping[str, str] | None = None) -> str:
    """A stored value in words, for pages that show a record and do not ask."""
    if value is None or value == "":
        return _("not stated")
    metadata = schema.fields[name].metadata
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if metadata["kind"] == "site":
        return (sites or {}).get(str(value), _("a site that is gone"))
    words = metadata.get("words", {})
    return _(words[value]) if value in words else str(value)


def packed(piece: Piece) -> str:
    """A piece as a form carries it, to tell later what had changed meanwhile."""
    return json.dumps(piece, ensure_ascii=False, sort_keys=True)


def unpacked(text: str | None) -> Piece | None:
    """What `packed` made; None if a form does not carry it, or carries something else."""
    try:
        piece = json.loads(text or "")
    except ValueError:
        return None
    return piece if isinstance(piece, dict) else None
