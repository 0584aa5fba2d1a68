"""The words in which pages, exports and commands say stored values, in the reader's language."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_babel import format_date, format_decimal

from registry.audit import words
from registry.firms.cards import Card
from registry.firms.models import Firm, FirmName, Site
from registry.i18n import gettext as _
from registry.i18n import mark

PROVINCES = {
    "AB": mark("Alberta"),
    "BC": mark("British Columbia"),
    "MB": mark("Manitoba"),
    "NB": mark("New Brunswick"),
    "NL": mark("Newfoundland and Labrador"),
    "NS": mark("Nova Scotia"),
    "NT": mark("Northwest Territories"),
    "NU": mark("Nunavut"),
    "ON": mark("Ontario"),
    "PE": mark("Prince Edward Island"),
    "QC": mark("Quebec"),
    "SK": mark("Saskatchewan"),
    "YT": mark("Yukon"),
}
ACTIVITIES = {
    "manufacturer": mark("manufacturer"),
    "service": mark("services"),
    "distributor": mark("distributor or agent"),
    "retailer": mark("retailer"),
    "association": mark("association"),
    "government": mark("government"),
}
EVIDENCE = {
    "declared": mark("Declared"),
    "documented": mark("Documented"),
    "site-verified": mark("Site-verified"),
    "delivered": mark("Shown by delivery"),
}
GATES = {
    "maker": mark("Maker"),
    "controlled goods": mark("Controlled goods"),
    "quality system": mark("Quality system"),
    "facility clearance": mark("Facility clearance"),
    "organization screening": mark("Organization screening"),
    "cyber certification": mark("Cyber certification"),
    "Indigenous set-aside": mark("Indigenous set-aside"),
    "Canadian content": mark("Canadian content"),
}
SCHEMES = {
    "CGP": mark("Controlled Goods Program"),
    "DOS": mark("Designated organization screening"),
    "FSC": mark("Facility security clearance"),
    "CPCSC": mark("Cyber security certification (CPCSC)"),
    "Explosives licence": mark("Explosives licence"),
    "Indigenous business": mark("Indigenous business"),
    "ncage": mark("NCAGE code"),
    "bn": mark("Business Number"),
    "ccc": mark("Canadian Company Capabilities number"),
    "corporation": mark("Corporation number"),
    "uei": mark("UEI"),
}
CLEARANCE_SCHEMES = frozenset({"CGP", "DOS", "FSC", "CPCSC"})
LEVELS = {
    "Secret": mark("Secret"),
    "Reliability": mark("Reliability"),
    "Confidential": mark("Confidential"),
    "Top Secret": mark("Top Secret"),
    "1": mark("level 1"),
    "2": mark("level 2"),
    "3": mark("level 3"),
}
NAME_KINDS = {
    "legal": mark("legal name"),
    "operating": mark("operating name"),
    "alternate": mark("also known as"),
    "former": mark("former name"),
}
SITE_KINDS = {"plant": mark("plant"), "office": mark("office"), "mailing": mark("mailing address")}
STATEMENTS = {
    "technology": mark("Technology"),
    "applications": mark("Applications"),
    "clients": mark("Clients it names"),
    "markets": mark("Markets"),
    "alliances": mark("Alliances"),
    "nsn": mark("NATO stock numbers"),
}
REVISION_STATES = {
    "draft": mark("draft"),
    "submitted": mark("with an administrator"),
    "returned": mark("returned with reasons"),
    "published": mark("published"),
    "superseded": mark("replaced by a later version"),
    "withdrawn": mark("discarded"),
}
CLAIM_STATES = {
    "open": mark("with an administrator"),
    "approved": mark("approved"),
    "refused": mark("refused"),
}
LISTINGS = {
    "listed": mark("listed"),
    "withdrawn": mark("withdrawn"),
    "suspended": mark("suspended"),
    "merged": mark("merged into another firm"),
}
ROLES = {
    "firm": mark("firm"),
    "official": mark("official"),
    "auditor": mark("auditor"),
    "administrator": mark("administrator"),
}
MEMBER_ROLES = {"owner": mark("owner"), "editor": mark("editor")}
COUNTRIES = {"Canada": mark("Canada"), "Foreign": mark("outside Canada")}

PURPOSES = {
    "page": mark("read on a page"),
    "api": mark("read by a program"),
    "export": mark("exported to a file"),
    "report": mark("used in a report"),
}
TOLD_IN_CONFIDENCE = {
    "firm.identifier": mark("identifiers"),
    "clearance": mark("clearances"),
    "certificate.number": mark("certificate numbers"),
    "line.bands": mark("production rates as bands"),
    "line.rates": mark("production rates"),
    "line.readiness": mark("readiness of lines"),
    "line.commercial": mark("capital, prices and commitments"),
    "line.inputs": mark("inputs and suppliers"),
    "certificate.evidence": mark("files of evidence"),
    "firm.export controls": mark("export controls"),
    "firm.contact": mark("contacts"),
    "disclosure.basis": mark("basis of confidence"),
    "gates": mark("requirements met or not"),
    "firm.log": mark("changes of the record"),
}
READERS = {
    "official": mark("An official, office not stated"),
    "auditor": mark("An auditor"),
    "administrator": mark("An administrator of Cadence"),
}


def said(words: dict[str, str], value: str | None) -> str:
    """The words for a stored value; a value without words is shown as it is."""
    if value is None:
        return _("not stated")
    return _(words[value]) if value in words else value


def province_name(code: str | None) -> str:
    return said(PROVINCES, code)


def place_of(firm: Firm | Card) -> str:
    """City and province of the firm's first site."""
    site = firm.main_site
    if site is None or not (site.city or site.province):
        return _("place not stated")
    return ", ".join(
        part for part in (site.city, site.province and _(PROVINCES[site.province])) if part
    )


def site_words(site: Site) -> str:
    parts = (
        site.address,
        site.city,
        site.province and _(PROVINCES[site.province]),
        site.postal_code,
    )
    where = ", ".join(part for part in parts if part) or _("place not stated")
    return f"{where} ({_(SITE_KINDS[site.kind])})"


def name_kind(name: FirmName) -> str:
    return said(NAME_KINDS, name.kind)


def yes_no(value: bool | None) -> str:
    if value is None:
        return _("not stated")
    return _("yes") if value else _("no")


def months(value: Decimal | None) -> str:
    """How long a step takes."""
    if value is None:
        return _("in a time not stated")
    return _("in %(months)s months", months=format_decimal(value, "0.#"))


def month_of(value: dt.date | None) -> str:
    return format_date(value, "MMM yyyy") if value else _("date not stated")


def unstated_gates(gates: list[dict[str, str | None]]) -> str | None:
    """One chip for all requirements of which nothing is known; None if there are none."""
    names = [said(GATES, gate["name"]) for gate in gates if gate["state"] == "unknown"]
    return _("Not stated: %(names)s", names=", ".join(names).lower()) if names else None


def gate_label(gate: dict[str, str | None]) -> str:
    """What a chip says: the gate, and more only where something is wrong or missing."""
    name = said(GATES, gate["name"])
    if gate["state"] == "unknown" and not gate.get("activity"):
        return _("%(gate)s not stated", gate=name)
    if gate["state"] == "pass":
        return name
    return _("%(gate)s: %(what)s", gate=name, what=_holding(gate))


def gate_sentence(gate: dict[str, str | None]) -> str:
    """The gate, its state, and what that rests on: 'Controlled goods: CGP until May 2027'."""
    if gate["state"] != "pass":
        return gate_label(gate)
    return _("%(gate)s: %(what)s", gate=said(GATES, gate["name"]), what=_holding(gate))


def _holding(gate: dict[str, str | None]) -> str:
    """What is held and until when; a scheme that the gate is named for is not said twice."""
    if activity := gate.get("activity"):
        return said(ACTIVITIES, activity)
    if level := gate.get("level"):
        return _("%(level)s is too low", level=said(LEVELS, level))
    scheme, expiry = gate["scheme"], gate["expires_on"]
    if expiry is None:
        until = _("expiry not stated")
    else:
        month = format_date(dt.date.fromisoformat(expiry), "MMM yyyy")
        expired = gate["state"] == "fail"
        until = (
            _("expired %(month)s", month=month) if expired else _("until %(month)s", month=month)
        )
    # "ISO 9001" and its like are the same in both languages, and say which of several is held.
    return until if scheme is None or scheme in SCHEMES else f"{scheme}, {until}"


MISSING = {
    "offers": mark("describe products and services"),
    "classes": mark("declare supply classes"),
    "industries": mark("state the industry"),
    "holdings": mark("state certificates and clearances"),
    "employees": mark("state the number of employees"),
    "rate": mark("state a rate of production for this need"),
}


def advice(match: dict[str, Any]) -> list[str]:
    """What would make the firm stand higher, the largest gain first."""
    said_first = []
    if lift := match.get("lift"):
        said_first.append(
            _(
                "declare supply class %(code)s (+%(points)s points)",
                code=lift["code"],
                points=format_decimal(lift["points"], "0"),
            )
        )
    renewals = [
        _("renew %(scheme)s (%(what)s)", scheme=said(SCHEMES, gate["scheme"]), what=_holding(gate))
        for gate in match["gates"]
        if gate["state"] == "fail" and gate["scheme"]
    ]
    others = [name for name in match["missing"] if not (name == "classes" and said_first)]
    return [*said_first, *renewals, *(said(MISSING, name) for name in others)]


def office_words(office: str | None, role: str) -> str:
    """The office that a person acted for; without one, what kind of person it was."""
    return office or said(READERS, role)


def for_templates() -> dict[str, Callable[..., Any]]:
    """The functions that pages say stored values with."""
    return {
        "place_of": place_of,
        "site_words": site_words,
        "name_kind": name_kind,
        "yes_no": yes_no,
        "months": months,
        "gate_label": gate_label,
        "gate_sentence": gate_sentence,
        "evidence_words": lambda value: said(EVIDENCE, value),
        "activity_words": lambda value: said(ACTIVITIES, value),
        "scheme_words": lambda value: said(SCHEMES, value),
        "level_words": lambda value: said(LEVELS, value),
        # A template's own `_` would take a name for markup; the demonstration's are translated.
        "person_name": lambda value: _(value),
        "revision_state": lambda value: said(REVISION_STATES, value),
        "claim_state": lambda value: said(CLAIM_STATES, value),
        "listing_words": lambda value: said(LISTINGS, value),
        "role_words": lambda value: said(ROLES, value),
        "member_words": lambda value: said(MEMBER_ROLES, value),
        "country_words": lambda value: said(COUNTRIES, value),
        "advice": advice,
        "action_words": lambda value: said(words.ACTIONS, value),
        "subject_words": lambda value: said(words.SUBJECTS, value),
        "purpose_words": lambda value: said(PURPOSES, value),
        "confidence_words": lambda value: said(TOLD_IN_CONFIDENCE, value),
        "office_words": office_words,
    }
