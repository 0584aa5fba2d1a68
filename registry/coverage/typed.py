"""Forms that are sent by their address: what was typed, what it means, what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from registry.capabilities.fields import Stated
from registry.web import current_language

_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")


@dataclass(frozen=True)
class Typed:
    """What was typed, with what is wrong with it."""

    text: dict[str, str]
    values: dict[str, Any]
    errors: dict[str, str]


def read_typed(sent: Mapping[str, str], fields: Mapping[str, Stated]) -> Typed:
    """What an address's query holds. On an English page 60,000 is read as the page writes it."""
    text = {name: sent.get(name, "").replace("\0", "").strip() for name in fields}
    values: dict[str, Any] = dict.fromkeys(fields)
    errors = {}
    for name, field in fields.items():
        try:
            value = _GROUPED.sub("", text[name]) if current_language() == "en" else text[name]
            values[name] = field.deserialize(value)
        except ValidationError as error:
            errors[name] = " ".join(error.messages)
    return Typed(text, values, errors)
