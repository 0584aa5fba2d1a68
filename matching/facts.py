"""What the engine knows of a need, a supplier and the supply classes; frozen, of no store.

Unknown is a value: a field that is None or empty was not stated, and no gate or feature may read it
as a "no".
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Requirement:
    """Something a supplier must hold or be apart from the fit of its words.

    Either any one of the schemes, or a main activity: whoever resells a thing does not make it.
    """

    name: str  # what the gate is called: "controlled goods", "quality system", "maker"
    any_of: tuple[str, ...] = ()  # schemes of holdings: "CGP", "AQAP-2110"
    activities: tuple[str, ...] = ()  # main activities that meet it: "manufacturer"
    levels: tuple[str, ...] = ()  # of the holding, any of which will do; none: any level


@dataclass(frozen=True)
class Need:
    """What is asked for, as text in either language, as supply classes, or as both."""

    key: str
    title_en: str = ""
    title_fr: str = ""
    description_en: str = ""
    description_fr: str = ""
    synonyms_en: tuple[str, ...] = ()
    synonyms_fr: tuple[str, ...] = ()
    class_codes: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when there is neither a word nor a code to go by."""
        words = (self.title_en, self.title_fr, self.description_en, self.description_fr)
        terms = (*self.synonyms_en, *self.synonyms_fr, *self.class_codes)
        return not any(text.strip() for text in (*words, *terms))


@dataclass(frozen=True)
class SupplyClass:
    """A four-digit NATO supply class with its titles and trade keywords."""

    code: str
    title_en: str
    title_fr: str
    keywords_en: tuple[str, ...] = ()
    keywords_fr: tuple[str, ...] = ()
    group_title_en: str = ""
    group_title_fr: str = ""

    @property
    def group(self) -> str:
        return self.code[:2]


@dataclass(frozen=True)
class Offer:
    """A product or service in the firm's own words, in whichever language it was written."""

    name: str
    description: str = ""
    service: bool = False  # supply classes are goods, so that a service says less of them


@dataclass(frozen=True)
class Holding:
    """A certificate, registration or clearance; `expires_on` None means not stated."""

    scheme: str
    level: str | None = None
    expires_on: dt.date | None = None


@dataclass(frozen=True)
class Win:
    """Contracts won in one supply class."""

    class_code: str
    contracts: int
    latest: dt.date | None = None


@dataclass(frozen=True)
class Supplier:
    """A firm as the engine sees it. `key` is the registry's own integer for the firm."""

    key: int
    names: tuple[str, ...] = ()
    activity: str | None = None  # manufacturer, service, distributor, retailer, …
    employees: int | None = None
    exports: bool | None = None
    profile: str = ""
    statements: tuple[str, ...] = ()  # its technology, applications, alliances
    mentions: tuple[str, ...] = ()  # clients and markets that it names
    offers: tuple[Offer, ...] = ()
    industries: tuple[tuple[str, str], ...] = ()  # (NAICS code, title), the primary one first
    class_codes: tuple[str, ...] = ()  # declared by the firm
    wins: tuple[Win, ...] = ()
    holdings: tuple[Holding, ...] = ()
