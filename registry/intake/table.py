"""Our own open template: one firm a row, as CSV or as the first sheet of a workbook."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, cast

from marshmallow import EXCLUDE, ValidationError, fields

from registry.feeds.columns import Columns
from registry.feeds.csv_rows import read_csv
from registry.feeds.importing import SourceNote
from registry.feeds.problems import Fault, Problems, RowRefused
from registry.feeds.reader import Feed, Row
from registry.feeds.text import clean, fold_heading, parse_decimal, parse_whole, web_address
from registry.feeds.workbook import read_workbook
from registry.firms.identifiers import check_identifier, industry_code, postal_code
from registry.firms.models import Activity, IdentifierType, NameKind
from registry.i18n import gettext as _
from registry.intake.facts import (
    CAPABILITIES,
    CERTIFICATES,
    DECLARATIONS,
    IDENTIFIERS,
    INDUSTRIES,
    NAMES,
    OWNERSHIPS,
    SITES,
    FirmFacts,
)
from registry.intake.places import province_code
from registry.validation import Schema

SEVERAL = "|"  # between the parts of a cell that holds several

NAME_COLUMNS = {
    "operating_name_en": (NameKind.OPERATING, "en"),
    "legal_name_en": (NameKind.LEGAL, "en"),
    "operating_name_fr": (NameKind.OPERATING, "fr"),
    "legal_name_fr": (NameKind.LEGAL, "fr"),
}
# Our headings, each with the French one first and then other spellings.
COLUMNS = Columns(
    {
        "key": ("cle", "id", "identifiant"),
        "legal_name_en": ("nom_legal_en", "legal_name", "nom_legal_anglais"),
        "legal_name_fr": ("nom_legal_fr", "nom_legal", "nom_legal_francais"),
        "operating_name_en": ("nom_commercial_en", "operating_name", "nom_commercial_anglais"),
        "operating_name_fr": ("nom_commercial_fr", "nom_commercial", "nom_commercial_francais"),
        "business_number": ("numero_d_entreprise", "numero_entreprise", "bn", "ne"),
        "ncage": ("cage", "cage_code", "code_cage", "code_ncage"),
        "website": ("site_web", "web"),
        "activity": ("activite", "primary_activity", "activite_principale"),
        "employees": ("employes", "effectif", "nombre_d_employes"),
        "founded_year": ("annee_de_fondation", "annee_fondation"),
        "exports": ("exporte", "exportatrice"),
        "indigenous": ("autochtone",),
        "address": ("adresse",),
        "city": ("ville", "municipalite"),
        "province": ("province_ou_territoire",),
        "postal_code": ("code_postal",),
        "latitude": (),
        "longitude": (),
        "site_kind": ("type_de_lieu", "type_lieu"),
        "floor_area_m2": ("superficie_m2",),
        "owner_country": ("pays_du_proprietaire", "pays_proprietaire"),
        "parent_name": ("societe_mere",),
        "parent_country": ("pays_de_la_societe_mere", "pays_societe_mere"),
        "canadian_control": ("controle_canadien",),
        "profile_en": ("profil_en", "profil_anglais"),
        "profile_fr": ("profil_fr", "profil_francais"),
        "capabilities_en": ("capacites_en", "capacites_anglais"),
        "capabilities_fr": ("capacites_fr", "capacites_francais"),
        "supply_classes": ("classes_d_approvisionnement", "classes_approvisionnement", "nsc"),
        "certificates": ("certificats", "certifications"),
        "naics": ("scian",),
    },
    required=("key",),
    one_of=tuple(NAME_COLUMNS),
)

_ACTIVITIES = {
    "manufacturer": Activity.MANUFACTURER,
    "fabricant": Activity.MANUFACTURER,
    "service": Activity.SERVICE,
    "services": Activity.SERVICE,
    "distributor": Activity.DISTRIBUTOR,
    "distributeur": Activity.DISTRIBUTOR,
    "retailer": Activity.RETAILER,
    "detaillant": Activity.RETAILER,
    "association": Activity.ASSOCIATION,
    "government": Activity.GOVERNMENT,
    "gouvernement": Activity.GOVERNMENT,
    "administration_publique": Activity.GOVERNMENT,
}
_SITE_KINDS = {
    "plant": "plant",
    "usine": "plant",
    "office": "office",
    "bureau": "office",
    "mailing": "mailing",
    "postale": "mailing",
}
_YES_NO = {
    **dict.fromkeys(("yes", "oui", "true", "vrai", "1"), True),
    **dict.fromkeys(("no", "non", "false", "faux", "0"), False),
}
_CODE_SEPARATORS = re.compile(r"[\s;|,]+")
_LIST_SEPARATORS = re.compile(r"\s*[|;]\s*")
_INDUSTRY = re.compile(r"(\d+)(?:\s*-\s*(.*))?", re.DOTALL)


def _wrong(reason: str, advice: str) -> ValidationError:
    return ValidationError([reason, advice])


class _Cell(fields.Field[Any]):
    """A cell; its errors are a pair: what is wrong, and what to write instead."""

    def __init__(self, limit: int | None = None):
        super().__init__()
        self._limit = limit

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text = clean(value)
        if self._limit and len(text) > self._limit:
            raise _wrong(
                _("The text is longer than %(limit)d characters.", limit=self._limit),
                _("Shorten it."),
            )
        return self.read(text) if text else None

    def read(self, text: str) -> Any:
        return text


class _Parsed(_Cell):
    """What `parse` makes of the text; `advice` says what it takes when it makes nothing of it."""

    def __init__(self, parse: Callable[[str], Any], advice: Callable[[], str]):
        super().__init__(limit=300)
        self._parse, self._advice = parse, advice

    def read(self, text: str) -> Any:
        if (value := self._parse(text)) is None:
            raise _wrong(_("The value is not understood."), self._advice())
        return value


class _Parts(_Cell):
    """Several texts in one cell."""

    def __init__(self, each: int, separators: re.Pattern[str]):
        super().__init__()
        self._each, self._separators = each, separators

    def read(self, text: str) -> list[str]:
        parts = [part.strip() for part in self._separators.split(text)]
        if any(len(part) > self._each for part in parts):
            raise _wrong(
                _("A part of the text is longer than %(limit)d characters.", limit=self._each),
                _("Shorten it, or put “|” between the parts."),
            )
        return parts


def _word(words: Mapping[str, Any]) -> _Parsed:
    return _Parsed(
        lambda text: words.get(fold_heading(text)),
        lambda: _("Write one of: %(words)s.", words=", ".join(words)),
    )


def _whole(lowest: int, highest: int) -> _Parsed:
    def parse(text: str) -> int | None:
        number = parse_whole(text)
        return number if number is not None and lowest <= number <= highest else None

    return _Parsed(
        parse,
        lambda: _(
            "Write a whole number from %(lowest)d to %(highest)d.", lowest=lowest, highest=highest
        ),
    )


def _degrees(most: int) -> _Parsed:
    def parse(text: str) -> float | None:
        number = parse_decimal(text)
        return float(number) if number is not None and abs(number) <= most else None

    return _Parsed(parse, lambda: _("Write degrees, such as 45.42 or 45,42."))


class FirmRowSchema(Schema):
    """The shape of a row of the template. Blank cells are left out before it is asked."""

    class Meta:
        unknown = EXCLUDE

    key = _Cell(100)
    legal_name_en = _Cell(300)
    legal_name_fr = _Cell(300)
    operating_name_en = _Cell(300)
    operating_name_fr = _Cell(300)
    business_number = _Cell(60)
    ncage = _Cell(60)
    website = _Parsed(web_address, lambda: _("Write an address that begins with https://."))
    activity = _word(_ACTIVITIES)
    employees = _whole(0, 10_000_000)
    founded_year = _whole(1600, 2100)
    exports = _word(_YES_NO)
    indigenous = _Cell(200)
    address = _Cell(300)
    city = _Cell(100)
    province = _Parsed(province_code, lambda: _("Write a province or territory, or its code."))
    postal_code = _Parsed(postal_code, lambda: _("Write a postal code such as K1A 0B1."))
    latitude = _degrees(90)
    longitude = _degrees(180)
    site_kind = _word(_SITE_KINDS)
    floor_area_m2 = _whole(0, 100_000_000)
    owner_country = _Cell(80)
    parent_name = _Cell(300)
    parent_country = _Cell(80)
    canadian_control = _word(_YES_NO)
    profile_en = _Cell()
    profile_fr = _Cell()
    capabilities_en = _Parts(500, re.compile(r"\s*\|\s*"))
    capabilities_fr = _Parts(500, re.compile(r"\s*\|\s*"))
    supply_classes = _Parts(60, _CODE_SEPARATORS)
    certificates = _Parts(60, _LIST_SEPARATORS)
    naics = _Parts(220, _LIST_SEPARATORS)


class TableFormat:
    """The `csv` and `xlsx` formats. `classes` are the supply classes that the registry knows."""

    def __init__(
        self,
        read: Callable[[Feed, Columns, Problems], Iterator[Row]],
        classes: Collection[str],
    ):
        self._read, self._classes = read, classes
        self._schema = FirmRowSchema()

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        return self._read(feed, COLUMNS, problems)

    def record(self, row: Row, problems: Problems) -> FirmFacts:
        """The firm of a row. Raises RowRefused with every cell that is not understood."""
        return _TableRow(row, self._load(row), problems, self._classes).facts()

    def _load(self, row: Row) -> dict[str, Any]:
        try:
            loaded: dict[str, Any] = self._schema.load(dict(row.values))
        except ValidationError as error:
            raise RowRefused(
                *(
                    Fault(row.heading(column), row.values[column], reason, advice)
                    for column, (reason, advice) in cast(
                        dict[str, list[str]], error.messages
                    ).items()
                )
            ) from error
        return loaded


def csv_format(classes: Collection[str]) -> TableFormat:
    return TableFormat(read_csv, classes)


def xlsx_format(classes: Collection[str]) -> TableFormat:
    return TableFormat(read_workbook, classes)


def source_note(code: str) -> SourceNote:
    """A source that an operator names by its code alone; the file does not say how old it is."""
    return SourceNote(code, f"Imported file ({code})", f"Fichier importé ({code})", None)


class _TableRow:
    """One row on its way into facts."""

    def __init__(
        self, row: Row, values: dict[str, Any], problems: Problems, classes: Collection[str]
    ):
        self._row, self._values, self._problems, self._classes = row, values, problems, classes

    def facts(self) -> FirmFacts:
        names = [self._values[column] for column in NAME_COLUMNS if self._values.get(column)]
        missing = "key" if not self._values.get("key") else "" if names else "legal_name_en"
        if missing:
            raise RowRefused(
                Fault(
                    self._row.heading(missing),
                    "",
                    _("The value is missing."),
                    _("Every firm needs a key and a name. Fill the cell and import again."),
                )
            )
        facts = FirmFacts(self._values["key"], self._row, self._firm(names[0]))
        self._identify(facts)
        self._name(facts)
        self._place(facts)
        self._offer(facts)
        self._declare(facts)
        return facts

    def _firm(self, name: str) -> dict[str, Any]:
        columns = (
            "website",
            "activity",
            "employees",
            "founded_year",
            "exports",
            "indigenous",
            "profile_en",
            "profile_fr",
        )
        return {"name": name, **self._some(columns)}

    def _some(self, columns: Collection[str]) -> dict[str, Any]:
        return {column: self._values.get(column) for column in columns}

    def _warn(self, column: str, value: object, reason: str, advice: str) -> None:
        self._problems.warn(self._row.line, Fault(self._row.heading(column), value, reason, advice))

    def _identify(self, facts: FirmFacts) -> None:
        given = (
            (IdentifierType.BUSINESS_NUMBER, "business_number"),
            (IdentifierType.NCAGE, "ncage"),
        )
        for scheme, column in given:
            if not (value := self._values.get(column)):
                continue
            checked = check_identifier(scheme, value)
            if checked.remark:
                advice = _("It was kept as given. Check it and import again.")
                self._warn(column, value, checked.remark, advice)
            facts.state(
                IDENTIFIERS, scheme=scheme, value=checked.value, well_formed=checked.well_formed
            )

    def _name(self, facts: FirmFacts) -> None:
        languages: dict[tuple[NameKind, str], set[str]] = {}
        for column, (kind, language) in NAME_COLUMNS.items():
            if name := self._values.get(column):
                languages.setdefault((kind, name), set()).add(language)
        for (kind, name), found in languages.items():
            shared = len(found) > 1  # a name used in both languages has none
            only = None if shared else found.pop()
            facts.state(NAMES, kind=kind, language=only, name=name)

    def _place(self, facts: FirmFacts) -> None:
        owner = self._some(("owner_country", "parent_name", "parent_country", "canadian_control"))
        if any(value is not None for value in owner.values()):
            facts.state(OWNERSHIPS, **owner)
        place = ("address", "city", "province", "postal_code", "latitude", "longitude")
        site = self._some((*place, "floor_area_m2"))
        if any(value is not None for value in site.values()):
            facts.state(SITES, kind=self._values.get("site_kind") or "office", **site)

    def _offer(self, facts: FirmFacts) -> None:
        english = self._values.get("capabilities_en") or []
        french = self._values.get("capabilities_fr") or []
        kind = "service" if self._values.get("activity") == Activity.SERVICE else "product"
        # As many in one language as in the other: they translate each other, in order.
        if len(english) == len(french):
            pairs: list[tuple[str | None, str | None]] = list(zip(english, french, strict=True))
        else:
            pairs = [(text, None) for text in english] + [(None, text) for text in french]
        for name_en, name_fr in pairs:
            if name_en or name_fr:
                texts = {"name_en": name_en or None, "name_fr": name_fr or None}
                facts.state(CAPABILITIES, kind=kind, **texts)
        for scheme in filter(None, self._values.get("certificates") or []):
            facts.state(CERTIFICATES, scheme=scheme, evidence="declared")

    def _declare(self, facts: FirmFacts) -> None:
        for code in filter(None, self._values.get("supply_classes") or []):
            if code in self._classes:
                facts.state(DECLARATIONS, class_code=code)
                continue
            reason = _("This is not a supply class we know.")
            advice = _("The firm was kept without it. Write four digits, as in 1005.")
            self._warn("supply_classes", code, reason, advice)
        for number, text in enumerate(filter(None, self._values.get("naics") or [])):
            parts = _INDUSTRY.fullmatch(text)
            if not parts or not industry_code(parts[1]):
                reason = _("This is not an industry code of up to six digits.")
                advice = _("The firm was kept without it. Write it as in 332710 - Machine shops.")
                self._warn("naics", text, reason, advice)
                continue
            title = (parts[2] or "").strip()[:200]
            facts.state(INDUSTRIES, code=parts[1], title=title, primary=number == 0)
