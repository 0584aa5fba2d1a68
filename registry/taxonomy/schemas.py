"""Shapes of the entries of a taxonomy file."""

from marshmallow import fields, validate

from registry.validation import Schema

NO_NUL = validate.ContainsNoneOf("\0")


def _text(most: int | None = None) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(min=1, max=most), NO_NUL])


def _words() -> fields.List:
    return fields.List(fields.String(validate=NO_NUL), required=True)


class _TitledSchema(Schema):
    title_en = _text(200)
    title_fr = _text(200)


class GroupSchema(_TitledSchema):
    code = fields.String(required=True, validate=validate.Regexp(r"[0-9]{2}\Z"))


class ClassSchema(_TitledSchema):
    code = fields.String(required=True, validate=validate.Regexp(r"[0-9]{4}\Z"))
    group_code = fields.String(required=True)
    keywords_en = _words()
    keywords_fr = _words()


class CategorySchema(_TitledSchema):
    code = fields.String(required=True)
    domain = _text(40)
    description_en = _text()
    description_fr = _text()
    synonyms_en = _words()
    synonyms_fr = _words()
    class_codes = _words()
    unit = _text(20)
    inputs = _words()
    source = _text()
    status = _text(20)
