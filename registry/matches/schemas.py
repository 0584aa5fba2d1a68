"""JSON shapes of needs and matches."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from registry.i18n import gettext as _
from registry.validation import Schema

MOST_RESULTS = 200
TEXT = validate.Length(max=4000)


class NeedSchema(Schema):
    """A need as text in either language, as supply classes, or as both."""

    id = fields.String(
        load_default="need",
        validate=[validate.Length(min=1, max=200), validate.ContainsNoneOf("\0")],
    )
    title_en = fields.String(load_default="", validate=TEXT)
    title_fr = fields.String(load_default="", validate=TEXT)
    description_en = fields.String(load_default="", validate=TEXT)
    description_fr = fields.String(load_default="", validate=TEXT)
    synonyms_en = fields.List(fields.String(validate=TEXT), load_default=list)
    synonyms_fr = fields.List(fields.String(validate=TEXT), load_default=list)
    nsc = fields.List(fields.String(validate=validate.Length(max=20)), load_default=list)

    @validates_schema
    def _needs_something(self, data: dict[str, Any], **_kwargs: Any) -> None:
        texts = [data.get(name) or "" for name in self._text_names()]
        lists = [*data.get("synonyms_en", ()), *data.get("synonyms_fr", ()), *data.get("nsc", ())]
        if not any(text.strip() for text in (*texts, *lists)):
            raise ValidationError(
                _("A need has a title, a description, synonyms or supply classes; here is none.")
            )

    @staticmethod
    def _text_names() -> tuple[str, ...]:
        return ("title_en", "title_fr", "description_en", "description_fr")


class MatchRequestSchema(NeedSchema):
    limit = fields.Integer(
        strict=True, load_default=20, validate=validate.Range(min=1, max=MOST_RESULTS)
    )


class PartSchema(Schema):
    feature = fields.String(required=True)
    title = fields.String(required=True)
    weight = fields.Float(required=True)
    value = fields.Float(required=True)
    points = fields.Float(required=True)
    evidence = fields.List(fields.String(), required=True)


class FirmMatchSchema(Schema):
    rank = fields.Integer(required=True)
    firm_id = fields.Integer(required=True)
    name = fields.String(required=True)
    score = fields.Float(required=True, metadata={"description": "0 to 100, the sum of the points"})
    parts = fields.List(fields.Nested(PartSchema), required=True)


class MatchAnswerSchema(Schema):
    fitting = fields.Integer(required=True)
    least = fields.Float(required=True)
    registry_version = fields.String(required=True)
    matches = fields.List(fields.Nested(FirmMatchSchema), required=True)


class CategorySchema(Schema):
    code = fields.String(required=True)
    domain = fields.String(required=True)
    title_en = fields.String(required=True)
    title_fr = fields.String(required=True)
    nsc = fields.List(fields.String(), attribute="class_codes", required=True)
    unit = fields.String(required=True)
    firms = fields.Integer(required=True)
