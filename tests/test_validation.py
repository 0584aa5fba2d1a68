"""Marshmallow's own messages come in the reader's language, in every schema of the registry."""

import importlib
import inspect
import pkgutil

import marshmallow
import pytest
from flask_babel import force_locale
from marshmallow import ValidationError, fields, validate

import registry
from registry.validation import MESSAGES, Schema

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# Of writing out, and of fields for addresses of machines: no shape here asks for those.
NOT_ASKED = {"IP", "IPv4", "IPv6", "IPInterface", "IPv4Interface", "IPv6Interface", "TimeDelta"}


class Sample(Schema):
    name = fields.String(required=True, validate=validate.Length(max=3))
    count = fields.Integer(strict=True, validate=validate.Range(min=1, max=5))
    parts = fields.List(fields.String(validate=validate.Length(max=2)))
    kind = fields.String(validate=validate.OneOf(["a", "b"]))


WRONG = {"name": "long", "count": 9, "parts": [1, "abc"], "kind": "c", "more": 1}


def refused(values):
    with pytest.raises(ValidationError) as caught:
        Sample().load(values)
    return caught.value.messages


def leaves(messages):
    for value in messages.values() if isinstance(messages, dict) else messages:
        yield from [value] if isinstance(value, str) else leaves(value)


@pytest.mark.parametrize("values", [WRONG, {}, {"name": None, "count": "x", "parts": 1}, []])
def test_each_message_is_translated_when_it_is_said(app, values):
    english = refused(values)
    with force_locale("fr_CA"):
        french = refused(values)
    assert refused(values) == english
    pairs = list(zip(leaves(english), leaves(french), strict=True))
    assert pairs and all(one != other for one, other in pairs), pairs


def test_values_are_put_into_the_translation(app):
    with force_locale("fr_CA"):
        assert refused(WRONG)["count"] == ["Doit être d’au moins 1 et d’au plus 5."]


def test_every_default_message_is_marked(app):
    """A new release of marshmallow may word one differently."""
    said = {*Schema().error_messages.values()}
    for name, kind in inspect.getmembers(fields, inspect.isclass):
        if issubclass(kind, fields.Field) and name not in NOT_ASKED:
            messages = kind.default_error_messages
            said |= {text for key, text in messages.items() if key != "format"}
    said |= {
        getattr(validate.Length, name) for name in vars(validate.Length) if name[:8] == "message_"
    }
    said |= {check.default_message for check in (validate.OneOf, validate.Equal, validate.Regexp)}
    for check in (
        validate.Range(1, 2), validate.Range(1, 2, min_inclusive=False, max_inclusive=False),
    ):  # fmt: skip
        said |= {check.message_min, check.message_max}
    said -= {"Not a valid {awareness} {obj_type}."}
    assert said <= MESSAGES, said - MESSAGES


def test_every_schema_speaks_both_languages(app):
    for module in pkgutil.walk_packages(registry.__path__, "registry."):
        if module.name != "registry.__main__":
            loaded = importlib.import_module(module.name)
            for name, kind in inspect.getmembers(loaded, inspect.isclass):
                if issubclass(kind, marshmallow.Schema) and kind.__module__.startswith("registry"):
                    assert issubclass(kind, Schema), (module.name, name)


def test_the_api_answers_in_french(app):
    asked = {"title_en": 5, "limit": 0}
    answer = app.test_client().post(
        "/api/matches", json=asked, headers={"Accept-Language": "fr-CA"}
    )
    errors = answer.json["errors"]["json"]
    assert errors["title_en"] == ["Ce n’est pas un texte."]
    assert errors["limit"] == ["Doit être d’au moins 1 et d’au plus 200."]
