"""JSON shape of a firm: public fields only."""

from marshmallow import fields

from registry.validation import Schema


class SiteSchema(Schema):
    kind = fields.String(required=True)
    city = fields.String(required=True, allow_none=True)
    province = fields.String(required=True, allow_none=True)


class CapabilitySchema(Schema):
    kind = fields.String(required=True)
    name_en = fields.String(required=True, allow_none=True)
    name_fr = fields.String(required=True, allow_none=True)


class FirmSchema(Schema):
    """None means that the source does not say."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    website = fields.String(required=True, allow_none=True)
    activity = fields.String(required=True, allow_none=True)
    employees = fields.Integer(required=True, allow_none=True)
    profile_en = fields.String(required=True, allow_none=True)
    profile_fr = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    as_of = fields.Date(required=True, allow_none=True)
    sites = fields.List(fields.Nested(SiteSchema), required=True)
    capabilities = fields.List(fields.Nested(CapabilitySchema), required=True)
    nsc = fields.List(fields.String(), required=True)
