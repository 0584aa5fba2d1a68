"""The sections of a record in the order a person is led through them, each with its shape.

A piece of a record is JSON: each field as `kind.read` takes it back, None where it is not stated.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow
from marshmallow import EXCLUDE, ValidationError, validates_schema

from registry import terms
from registry.capabilities.fields import Choice, Day, Figure, Flag, Stated, Text, Whole
from registry.capabilities.lines import FIELDS, INPUT_FIELDS, LineField, LineSchema
from registry.capabilities.words import GROUPS
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.validation import Schema
from registry.visibility.table import Field

Piece = dict[str, Any]
LANGUAGES = {"en": mark("English"), "fr": mark("French")}
KINDS = {"product": mark("product"), "service": mark("service"), "licence": mark("licence")}
CERTIFICATE_SCHEMES = (
    "ISO 9001", "AS9100D", "AS9120", "ISO 14001", "ISO 45001", "ISO/IEC 27001", "NADCAP",
    "AQAP-2110", "AQAP-2310", "AQAP-2131", "CWB W47.1", "Explosives licence", "CGP", "CPCSC",
    "DOS", "FSC",
)  # fmt: skip
SCHEMES = {scheme: terms.SCHEMES.get(scheme, scheme) for scheme in CERTIFICATE_SCHEMES}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class SiteKey(Text):
    """One of the record's own sites, by its key."""

    def __init__(self) -> None:
        super().__init__(12)


class Email(Text):
    def read(self, value: Any) -> str:
        text = super().read(value)
        if not _EMAIL.fullmatch(text):
            raise ValidationError(_("Write an e-mail address, such as sales@firm.example."))
        return text


@dataclass(frozen=True)
class Asked:
    """One thing that is asked. `seen` is the row of the visibility table that says who sees it."""

    name: str
    label: str
    kind: Stated
    seen: Field
    hint: str = ""
    group: str = ""
    unit: str | None = None
    required: bool = False


def _of_line(field: LineField) -> Asked:
    kind = SiteKey() if field.name == "site_id" else field.kind
    required = field.name in ("category_code",)
    return Asked(
        field.name, field.label, kind, field.seen, field.hint, field.group, field.unit, required
    )


@dataclass(frozen=True)
class Section:
    """One step. `item` is what one of many is called; empty for a section that is filled once.

    `rules` checks several fields together; `inputs` are asked several times within one entry.
    """

    name: str
    title: str
    lead: str
    asked: tuple[Asked, ...]
    item: str = ""
    most: int = 200  # of many
    rules: type[marshmallow.Schema] = Schema
    inputs: tuple[Asked, ...] = ()

    @property
    def many(self) -> bool:
        return bool(self.item)

    def field(self, name: str) -> Asked:
        return next(each for each in (*self.asked, *self.inputs) if each.name == name)

    @property
    def schema(self) -> marshmallow.Schema:
        """The shape of a piece; what an older document holds beside it is left out."""
        kinds: dict[str, Any] = {each.name: each.kind for each in self.asked}
        return self.rules.from_dict(kinds, name=f"{self.name.title()}Schema")(unknown=EXCLUDE)


class _Capabilities(Schema):
    @validates_schema
    def _named(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if not data["name_en"] and not data["name_fr"]:
            raise ValidationError(_("Name it in English, in French, or in both."), "name_en")


IDENTITY = (
    Asked("legal_name_en", mark("Legal name in English"), Text(300), Field.IDENTITY),
    Asked("legal_name_fr", mark("Legal name in French"), Text(300), Field.IDENTITY),
    Asked("operating_name_en", mark("Operating name in English"), Text(300), Field.IDENTITY,
        mark("If it differs from the legal one.")),
    Asked("operating_name_fr", mark("Operating name in French"), Text(300), Field.IDENTITY),
    Asked("business_number", mark("Business Number"), Text(60), Field.IDENTIFIER,
        mark("Nine digits; the last one checks the others.")),
    Asked("ncage", mark("NCAGE code"), Text(60), Field.IDENTIFIER,
        mark("Five characters. Canadian ones often begin with L.")),
    Asked("corporation_number", mark("Corporation number"), Text(60), Field.IDENTIFIER,
        mark("Federal, provincial or Quebec (NEQ).")),
    Asked("uei", mark("UEI"), Text(60), Field.IDENTIFIER,
        mark("Twelve characters, from SAM.gov.")),
    Asked("website", mark("Website"), Text(300), Field.IDENTITY, mark("Begin with https://")),
    Asked("activity", mark("Main activity"), Choice(terms.ACTIVITIES), Field.IDENTITY),
    Asked("employees", mark("Employees"), Whole(0, 10_000_000), Field.IDENTITY,
        mark("In Canada.")),
    Asked("founded_year", mark("Founded in"), Whole(1600, 2200), Field.IDENTITY,
        mark("The year.")),
    Asked("indigenous", mark("Indigenous business"), Text(200), Field.IDENTITY,
        mark("How it is registered, if it is.")),
    Asked("profile_en", mark("What the firm does, in English"), Text(4000), Field.IDENTITY,
        mark("Two or three sentences.")),
    Asked("profile_fr", mark("What the firm does, in French"), Text(4000), Field.IDENTITY,
        mark("Two or three sentences.")),
)  # fmt: skip
OWNERSHIP = (
    Asked("registered_in_canada", mark("Registered in Canada"), Flag(), Field.OWNERSHIP),
    Asked("canadian_control", mark("Controlled in Canada"), Flag(), Field.OWNERSHIP,
        mark("Whether persons in Canada decide, whoever holds the shares.")),
    Asked("owner_country", mark("Owner’s country"), Choice(terms.COUNTRIES), Field.OWNERSHIP),
    Asked("parent_name", mark("Ultimate parent"), Text(300), Field.OWNERSHIP,
        mark("Leave it blank if the firm has none.")),
    Asked("parent_country", mark("Country of the ultimate parent"), Text(80), Field.OWNERSHIP),
    Asked("basis", mark("What this rests on"), Text(200), Field.OWNERSHIP,
        mark("For example: share register of May 2026.")),
    Asked("canadian_content_percent", mark("Produced in Canada"), Whole(0, 100), Field.OWNERSHIP,
        mark("A fact of its own: neither the address nor the owner says it."),
        unit=mark("percent of value")),
    Asked("content_basis", mark("How the percentage was found"), Text(200), Field.OWNERSHIP),
)  # fmt: skip
SITES = (
    Asked("kind", mark("What it is"), Choice(terms.SITE_KINDS), Field.IDENTITY, required=True),
    Asked("name_en", mark("Name in English"), Text(200), Field.IDENTITY),
    Asked("name_fr", mark("Name in French"), Text(200), Field.IDENTITY),
    Asked("address", mark("Street address"), Text(300), Field.IDENTITY),
    Asked("city", mark("City"), Text(100), Field.IDENTITY),
    Asked("province", mark("Province or territory"), Choice(terms.PROVINCES), Field.IDENTITY),
    Asked("postal_code", mark("Postal code"), Text(7), Field.IDENTITY),
    Asked("floor_area_m2", mark("Floor area"), Whole(0, 100_000_000), Field.IDENTITY,
        unit=mark("m²")),
    Asked("latitude", mark("Latitude"), Figure(41, 84, 4), Field.IDENTITY,
        mark("Degrees north, such as 45.42.")),
    Asked("longitude", mark("Longitude"), Figure(-142, -52, 4), Field.IDENTITY,
        mark("Degrees east: negative in Canada, such as -75.70.")),
)  # fmt: skip
CAPABILITIES = (
    Asked("kind", mark("What it is"), Choice(KINDS), Field.CAPABILITY, required=True),
    Asked("name_en", mark("Name in English"), Text(500), Field.CAPABILITY),
    Asked("name_fr", mark("Name in French"), Text(500), Field.CAPABILITY),
    Asked("description_en", mark("Description in English"), Text(4000), Field.CAPABILITY,
        mark("Materials, processes, sizes, standards: the words a buyer would use.")),
    Asked("description_fr", mark("Description in French"), Text(4000), Field.CAPABILITY,
        mark("Materials, processes, sizes, standards: the words a buyer would use.")),
    Asked("site_id", mark("Site"), SiteKey(), Field.CAPABILITY),
)  # fmt: skip
CERTIFICATES = (
    Asked("scheme", mark("Certificate or clearance"), Choice(SCHEMES), Field.CERTIFICATE,
        required=True),
    Asked("level", mark("Level"), Text(40), Field.CERTIFICATE,
        mark("For clearances: Secret, Reliability …")),
    Asked("number", mark("Number"), Text(80), Field.CERTIFICATE_NUMBER, mark("Never published.")),
    Asked("body", mark("Issued by"), Text(200), Field.CERTIFICATE),
    Asked("scope_en", mark("Scope in English"), Text(500), Field.CERTIFICATE),
    Asked("scope_fr", mark("Scope in French"), Text(500), Field.CERTIFICATE),
    Asked("site_id", mark("Site"), SiteKey(), Field.CERTIFICATE),
    Asked("issued_on", mark("Issued on"), Day(), Field.CERTIFICATE),
    Asked("expires_on", mark("Expires on"), Day(), Field.CERTIFICATE,
        mark("Requirements are checked against this day.")),
)  # fmt: skip
EXPORTS = (
    Asked("exports", mark("Exports now"), Flag(), Field.EXPORT_CONTROL),
    Asked("controlled_goods", mark("Handles controlled goods"), Flag(), Field.EXPORT_CONTROL,
        mark("The registration itself belongs with the certificates.")),
    Asked("itar", mark("Products or data under ITAR"), Flag(), Field.EXPORT_CONTROL),
    Asked("export_control_list", mark("Products on Canada’s Export Control List"), Flag(),
        Field.EXPORT_CONTROL),
    Asked("permits", mark("Export permits held"), Text(500), Field.EXPORT_CONTROL,
        mark("Kinds and destinations, never technical data.")),
)  # fmt: skip
CONTACTS = (
    Asked("name", mark("Name"), Text(120), Field.CONTACT, required=True),
    Asked("duty", mark("What they look after"), Text(120), Field.CONTACT,
        mark("Sales, export, quality …")),
    Asked("email", mark("E-mail address"), Email(200), Field.CONTACT),
    Asked("phone", mark("Telephone"), Text(40), Field.CONTACT),
    Asked("language", mark("Language"), Choice(LANGUAGES), Field.CONTACT),
)  # fmt: skip
LINES = tuple(_of_line(field) for field in FIELDS)
LINE_INPUTS = tuple(_of_line(field) for field in INPUT_FIELDS)

SECTIONS = {
    section.name: section
    for section in (
        Section("identity", mark("Identity"),
            mark("Who is the firm, in both languages, and under which numbers is it registered?"),
            IDENTITY),
        Section("ownership", mark("Ownership and control"),
            mark("Who owns it, who decides, and what is made here? Three separate facts."),
            OWNERSHIP),
        Section("sites", mark("Sites"),
            mark("Where does it work? A mailing address is not a plant."),
            SITES, mark("site"), 100),
        Section("capabilities", mark("Products and services"),
            mark("What does it make or do, in its own words?"),
            CAPABILITIES, mark("product or service"), rules=_Capabilities),
        Section("lines", mark("Production lines"),
            mark("How much does it make, how much more could it make, and how soon?"),
            LINES, mark("production line"), 100, LineSchema, LINE_INPUTS),
        Section("certificates", mark("Certificates and clearances"),
            mark("What vouches for it, and until when?"),
            CERTIFICATES, mark("certificate"), 100),
        Section("exports", mark("Export controls"),
            mark("Under which control regimes do its products fall?"), EXPORTS),
        Section("contacts", mark("Contacts"),
            mark("Whom may an official write to or call?"), CONTACTS, mark("contact"), 20),
    )
}  # fmt: skip
CLASSES = "classes"  # declared supply classes: a plain list of codes, kept with the capabilities


def empty_record() -> dict[str, Any]:
    """A record of which nothing is known."""
    record: dict[str, Any] = {CLASSES: []}
    for section in SECTIONS.values():
        record[section.name] = [] if section.many else blank(section)
    return record


def blank(section: Section) -> Piece:
    """A piece of the section with everything not stated."""
    piece: Piece = dict.fromkeys(each.name for each in section.asked)
    return piece | ({"inputs": []} if section.inputs else {})


def item_title(section: Section, item: Piece, language: str) -> str:
    """What one of many is called in lists: its name, else what it is."""
    other = "en" if language == "fr" else "fr"
    for name in (f"name_{language}", f"name_{other}", f"product_{language}", f"product_{other}"):
        if text := item.get(name):
            return str(text)
    if scheme := item.get("scheme"):
        return terms.said(SCHEMES, scheme)
    place = ", ".join(filter(None, (item.get("address"), item.get("city"))))
    return str(item.get("name") or place or _(section.item))


def group_title(group: str) -> str:
    """The heading over a group of a long form; empty for one without."""
    return _(GROUPS[group]) if group in GROUPS else ""
