"""The sections of a record in the order a person is led through them, each with its shape."""

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, validates_schema

from registry import terms
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.registration.fields import Choice, Day, Decimal, Email, Place, Text, Whole, YesNo
from registry.visibility.table import Field

Piece = dict[str, Any]
LANGUAGES = {"en": mark("English"), "fr": mark("French")}
KINDS = {
    "product": mark("product"),
    "service": mark("service"),
    "licence": mark("licence"),
}
COUNTRIES = {"Canada": mark("Canada"), "Foreign": mark("outside Canada")}
CERTIFICATE_SCHEMES = (
    "ISO 9001",
    "AS9100D",
    "AS9120",
    "ISO 14001",
    "ISO 45001",
    "ISO/IEC 27001",
    "NADCAP",
    "AQAP-2110",
    "AQAP-2310",
    "AQAP-2131",
    "CWB W47.1",
    "Explosives licence",
    "CGP",
    "CPCSC",
    "DOS",
    "FSC",
)
SCHEMES = {scheme: terms.SCHEMES.get(scheme, scheme) for scheme in CERTIFICATE_SCHEMES}


class SectionSchema(Schema):
    """What a section holds; what an older document holds beside it is left out."""

    class Meta:
        unknown = EXCLUDE

    @validates_schema
    def _stated(self, data: Piece, **_kwargs: Any) -> None:
        missing = [
            name
            for name, field in self.fields.items()
            if field.metadata.get("required") and data.get(name) is None
        ]
        if missing:
            told = _("State this: without it the entry says nothing.")
            raise ValidationError({name: [told] for name in missing})


class Identity(SectionSchema):
    legal_name_en = Text(mark("Legal name in English"), Field.IDENTITY, 300)
    legal_name_fr = Text(mark("Legal name in French"), Field.IDENTITY, 300)
    operating_name_en = Text(
        mark("Operating name in English"),
        Field.IDENTITY,
        300,
        mark("If it differs from the legal one."),
    )
    operating_name_fr = Text(mark("Operating name in French"), Field.IDENTITY, 300)
    business_number = Text(
        mark("Business Number"),
        Field.IDENTIFIER,
        60,
        mark("Nine digits; the last one checks the others."),
    )
    ncage = Text(
        mark("NCAGE code"),
        Field.IDENTIFIER,
        60,
        mark("Five characters. Canadian ones often begin with L."),
    )
    corporation_number = Text(
        mark("Corporation number"),
        Field.IDENTIFIER,
        60,
        mark("Federal, provincial or Quebec (NEQ)."),
    )
    uei = Text(mark("UEI"), Field.IDENTIFIER, 60, mark("Twelve characters, from SAM.gov."))
    website = Text(mark("Website"), Field.IDENTITY, 300, mark("Begin with https://"))
    activity = Choice(mark("Main activity"), Field.IDENTITY, terms.ACTIVITIES)
    employees = Whole(
        mark("Employees"), Field.IDENTITY, 0, 10_000_000, mark("In Canada, full time or alike.")
    )
    founded_year = Whole(mark("Founded in"), Field.IDENTITY, 1600, 2200, mark("The year."))
    indigenous = Text(
        mark("Indigenous business"), Field.IDENTITY, 200, mark("How it is registered, if it is.")
    )
    profile_en = Text(
        mark("What the firm does, in English"),
        Field.IDENTITY,
        4000,
        mark("Two or three sentences."),
        area=True,
    )
    profile_fr = Text(mark("What the firm does, in French"), Field.IDENTITY, 4000, area=True)


class Owners(SectionSchema):
    registered_in_canada = YesNo(mark("Registered in Canada"), Field.OWNERSHIP)
    canadian_control = YesNo(
        mark("Controlled in Canada"),
        Field.OWNERSHIP,
        mark("Whether persons in Canada decide, whoever holds the shares."),
    )
    owner_country = Choice(mark("Owner’s country"), Field.OWNERSHIP, COUNTRIES)
    parent_name = Text(mark("Ultimate parent"), Field.OWNERSHIP, 300, mark("Empty if it has none."))
    parent_country = Text(mark("Country of the ultimate parent"), Field.OWNERSHIP, 80)
    basis = Text(
        mark("What this rests on"),
        Field.OWNERSHIP,
        200,
        mark("For example: share register of May 2026."),
    )
    canadian_content_percent = Whole(
        mark("Produced in Canada (percent of value)"),
        Field.OWNERSHIP,
        0,
        100,
        mark("A fact of its own: neither the address nor the owner says it."),
    )
    content_basis = Text(mark("How the percentage was found"), Field.OWNERSHIP, 200)


class Sites(SectionSchema):
    kind = Choice(mark("What it is"), Field.IDENTITY, terms.SITE_KINDS, required=True)
    name_en = Text(mark("Name in English"), Field.IDENTITY, 200)
    name_fr = Text(mark("Name in French"), Field.IDENTITY, 200)
    address = Text(mark("Street address"), Field.IDENTITY, 300)
    city = Text(mark("City"), Field.IDENTITY, 100)
    province = Choice(mark("Province or territory"), Field.IDENTITY, terms.PROVINCES)
    postal_code = Text(mark("Postal code"), Field.IDENTITY, 7)
    floor_area_m2 = Whole(mark("Floor area (m²)"), Field.IDENTITY, 0, 100_000_000)
    latitude = Decimal(
        mark("Latitude"), Field.IDENTITY, 41.0, 84.0, mark("Degrees north, such as 45.42.")
    )
    longitude = Decimal(
        mark("Longitude"),
        Field.IDENTITY,
        -142.0,
        -52.0,
        mark("Degrees east: negative in Canada, such as -75.70."),
    )


class Capabilities(SectionSchema):
    kind = Choice(mark("What it is"), Field.CAPABILITY, KINDS, required=True)
    name_en = Text(mark("Name in English"), Field.CAPABILITY, 500)
    name_fr = Text(mark("Name in French"), Field.CAPABILITY, 500)
    description_en = Text(
        mark("Description in English"),
        Field.CAPABILITY,
        4000,
        mark("Materials, processes, sizes, standards: the words a buyer would use."),
        area=True,
    )
    description_fr = Text(mark("Description in French"), Field.CAPABILITY, 4000, area=True)
    site = Place(mark("Site"), Field.CAPABILITY)

    @validates_schema
    def _named(self, data: Piece, **_kwargs: Any) -> None:
        if not data.get("name_en") and not data.get("name_fr"):
            raise ValidationError(_("Give it a name in at least one language."), "name_en")


class Certificates(SectionSchema):
    scheme = Choice(mark("Certificate or clearance"), Field.CERTIFICATE, SCHEMES, required=True)
    level = Text(
        mark("Level"), Field.CERTIFICATE, 40, mark("For clearances: Secret, Reliability …")
    )
    number = Text(mark("Number"), Field.CERTIFICATE_NUMBER, 80, mark("Never published."))
    body = Text(mark("Issued by"), Field.CERTIFICATE, 200)
    scope_en = Text(mark("Scope in English"), Field.CERTIFICATE, 500)
    scope_fr = Text(mark("Scope in French"), Field.CERTIFICATE, 500)
    site = Place(mark("Site"), Field.CERTIFICATE)
    issued_on = Day(mark("Issued on"), Field.CERTIFICATE)
    expires_on = Day(mark("Expires on"), Field.CERTIFICATE, mark("Officials see when it runs out."))


class Exports(SectionSchema):
    exports = YesNo(mark("Exports now"), Field.EXPORT_CONTROL)
    controlled_goods = YesNo(
        mark("Handles controlled goods"),
        Field.EXPORT_CONTROL,
        mark("The registration itself belongs with the certificates."),
    )
    itar = YesNo(mark("Products or data under ITAR"), Field.EXPORT_CONTROL)
    export_control_list = YesNo(
        mark("Products on Canada’s Export Control List"), Field.EXPORT_CONTROL
    )
    permits = Text(
        mark("Export permits held"),
        Field.EXPORT_CONTROL,
        500,
        mark("Kinds and destinations, never technical data."),
        area=True,
    )


class Contacts(SectionSchema):
    name = Text(mark("Name"), Field.CONTACT, 120, required=True)
    duty = Text(mark("What they look after"), Field.CONTACT, 120, mark("Sales, export, quality …"))
    email = Email(mark("E-mail address"), Field.CONTACT, 200)
    phone = Text(mark("Telephone"), Field.CONTACT, 40)
    language = Choice(mark("Language"), Field.CONTACT, LANGUAGES)


@dataclass(frozen=True)
class Section:
    """One step. `item` is what one of many is called; empty for a section that is filled once."""

    name: str
    title: str
    lead: str
    schema: type[Schema]
    item: str = ""
    most: int = 200  # of many

    @property
    def many(self) -> bool:
        return bool(self.item)


SECTIONS = {
    section.name: section
    for section in (
        Section(
            "identity",
            mark("Identity"),
            mark("Who is the firm, in both languages, and under which numbers is it registered?"),
            Identity,
        ),
        Section(
            "ownership",
            mark("Ownership and control"),
            mark("Who owns it, who decides, and what is made here? Three separate facts."),
            Owners,
        ),
        Section(
            "sites",
            mark("Sites"),
            mark("Where does it work? A mailing address is not a plant."),
            Sites,
            mark("site"),
            100,
        ),
        Section(
            "capabilities",
            mark("Products and services"),
            mark("What does it make or do, in its own words?"),
            Capabilities,
            mark("product or service"),
        ),
        Section(
            "certificates",
            mark("Certificates and clearances"),
            mark("What vouches for it, and until when?"),
            Certificates,
            mark("certificate"),
            100,
        ),
        Section(
            "exports",
            mark("Export controls"),
            mark("Under which control regimes do its products fall?"),
            Exports,
        ),
        Section(
            "contacts",
            mark("Contacts"),
            mark("Whom may an official write to or call?"),
            Contacts,
            mark("contact"),
            20,
        ),
    )
}
CLASSES = "classes"  # declared supply classes: a plain list of codes, kept with the capabilities


def empty_record() -> dict[str, Any]:
    """A record of which nothing is known."""
    record: dict[str, Any] = {CLASSES: []}
    for section in SECTIONS.values():
        record[section.name] = [] if section.many else blank(section)
    return record


def blank(section: Section) -> Piece:
    """A piece of the section with everything not stated."""
    return dict.fromkeys(section.schema().fields)


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
