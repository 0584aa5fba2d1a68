"""The marshmallow schema that every shape here extends: its errors come in the reader's language.

Marshmallow writes its own messages when a field fails, with `str.format`. A field of our schemas is
given messages that are translated at that moment, so one schema serves readers of both languages.
"""

from collections.abc import Iterator
from typing import Any

import marshmallow
from marshmallow import ValidationError, fields, validate

from registry.i18n import gettext as _
from registry.i18n import mark

# What marshmallow says, marked for extraction. A test fails when one of its messages is not here.
MESSAGES = frozenset(
    {
        mark("Missing data for required field."),
        mark("Field may not be null."),
        mark("Invalid value."),
        mark("Invalid type."),
        mark("Invalid input type."),
        mark("Invalid input."),
        mark("Unknown field."),
        mark("Not a valid list."),
        mark("Not a valid tuple."),
        mark("Not a valid string."),
        mark("Not a valid utf-8 string."),
        mark("Not a valid UUID."),
        mark("Not a valid number."),
        mark("Number too large."),
        mark("Not a valid integer."),
        mark("Special numeric values (nan or infinity) are not permitted."),
        mark("Not a valid boolean."),
        mark("Not a valid date."),
        mark("Not a valid {obj_type}."),
        mark("Not a valid mapping type."),
        mark("Not a valid URL."),
        mark("Not a valid email address."),
        mark("Must be one of: {choices}."),
        mark("One or more of the choices you made was not in: {choices}."),
        mark("One or more of the choices you made was in: {values}."),
        mark("Must be equal to {other}."),
        mark("String does not match expected pattern."),
        mark("Shorter than minimum length {min}."),
        mark("Longer than maximum length {max}."),
        mark("Length must be between {min} and {max}."),
        mark("Length must be {equal}."),
        mark("Must be greater than or equal to {min}."),
        mark("Must be greater than {min}."),
        mark("Must be less than or equal to {max}."),
        mark("Must be less than {max}."),
        mark("Must be greater than or equal to {min} and less than or equal to {max}."),
    }
)
_WORDINGS = (
    "error",
    "default_message",
    "message_min",
    "message_max",
    "message_all",
    "message_equal",
)


class Said(str):
    """A message that is translated when its values are put in."""

    __slots__ = ()

    def format(self, *args: object, **values: object) -> str:
        return _(str(self)).format(*args, **values)


class Schema(marshmallow.Schema):
    """A shape whose errors, marshmallow's own too, are in the language of the reader."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Called once for each field of a schema that is made."""
        for field in _with_inner(field_obj):
            field.error_messages = {key: Said(text) for key, text in field.error_messages.items()}
            field.validators = [_speaking(validator) for validator in field.validators]

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Translate what the schema itself says, which marshmallow puts no values into."""
        error.messages = _translated(error.messages)


def _with_inner(field: fields.Field[Any]) -> Iterator[fields.Field[Any]]:
    yield field
    if isinstance(field, fields.List):
        yield from _with_inner(field.inner)


def _speaking(validator: Any) -> Any:
    if isinstance(validator, validate.Validator):
        for name in _WORDINGS:
            if text := getattr(validator, name, None):
                setattr(validator, name, Said(text))
    return validator


def _translated(messages: Any) -> Any:
    if isinstance(messages, dict):
        return {key: _translated(value) for key, value in messages.items()}
    if isinstance(messages, list):
        return [_translated(value) for value in messages]
    return _(messages) if messages in MESSAGES else messages
