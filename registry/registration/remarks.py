"""What is odd about what was stated, and what would help most; nothing here ever blocks saving."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.firms.identifiers import check_identifier, postal_code
from registry.firms.models import Identifier
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.registration.record import IDENTIFIERS, Record
from registry.registration.sections import CLASSES, Piece

# First letters of postal codes (Canada Post).
_REGIONS = {
    "NL": "A", "NS": "B", "PE": "C", "NB": "E", "QC": "GHJ", "ON": "KLMNP", "MB": "R", "SK": "S",
    "AB": "T", "BC": "V", "NU": "X", "NT": "X", "YT": "Y",
}  # fmt: skip
HELPS_MOST = 3


def remarks_on(
    session: Session, section: str, piece: Piece, firm_id: int | None, today: dt.date
) -> dict[str, str]:
    """A sentence for each field that is well worth a second look."""
    if section == "identity":
        return _on_identity(session, piece, firm_id)
    if section == "sites":
        return _on_site(piece)
    if section == "certificates":
        return _on_certificate(piece, today)
    return {}


def _on_identity(session: Session, piece: Piece, firm_id: int | None) -> dict[str, str]:
    remarks = {}
    for field, scheme in IDENTIFIERS.items():
        if not piece.get(field):
            continue
        checked = check_identifier(scheme, piece[field])
        if checked.remark:
            remarks[field] = _("%(remark)s It was saved as you wrote it.", remark=checked.remark)
        elif _is_taken(session, scheme, checked.value, firm_id):
            remarks[field] = _(
                "A firm of the registry has this number already. If it is yours, claim it instead."
            )
    website = piece.get("website")
    if website and not website.lower().startswith(("http://", "https://")):
        remarks["website"] = _("It becomes a link only if it begins with https://.")
    return remarks


def _is_taken(session: Session, scheme: str, value: str, firm_id: int | None) -> bool:
    query = select(Identifier.firm_id).where(Identifier.scheme == scheme, Identifier.value == value)
    holder = session.scalar(query)
    return holder is not None and holder != firm_id


def _on_site(piece: Piece) -> dict[str, str]:
    remarks = {}
    typed, province = piece.get("postal_code"), piece.get("province")
    if typed:
        code = postal_code(typed)
        if code is None:
            remarks["postal_code"] = _("A Canadian postal code looks like K1A 0B1.")
        elif province and code[0] not in _REGIONS[province]:
            remarks["postal_code"] = _("This postal code belongs to another province.")
    if (piece.get("latitude") is None) != (piece.get("longitude") is None):
        remarks["latitude"] = _("A point on the map needs both latitude and longitude.")
    return remarks


def _on_certificate(piece: Piece, today: dt.date) -> dict[str, str]:
    remarks = {}
    issued, expires = _day(piece.get("issued_on")), _day(piece.get("expires_on"))
    if expires is None:
        remarks["expires_on"] = _("Without an expiry date, officials cannot count on it.")
    elif expires < today:
        remarks["expires_on"] = _("It has expired: “held once” is not “held”.")
    elif issued and expires < issued:
        remarks["expires_on"] = _("It expires before it was issued: check the two dates.")
    if issued and issued > today:
        remarks["issued_on"] = _("This day is still to come.")
    return remarks


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


# How complete a record is


@dataclass(frozen=True)
class Advice:
    """Something to add: the section where, and the sentence that says why."""

    section: str
    text: str
    weight: int


# What officials ask of a record, the most asked first, each with its weight.
_ASKED = (
    Advice(
        "capabilities",
        mark("Describe at least one product or service: needs are matched with these words."),
        20,
    ),
    Advice(
        "capabilities",
        mark("Declare a supply class: it is how a need and a firm meet most surely."),
        15,
    ),
    Advice("lines", mark("State a production line with its rate: needs come as quantities."), 14),
    Advice("sites", mark("State where you work, with city and province."), 12),
    Advice(
        "certificates",
        mark("State certificates with their expiry: requirements are checked against them."),
        12,
    ),
    Advice("contacts", mark("Name a contact, so that an official can reach you."), 10),
    Advice("ownership", mark("Say whether the firm is controlled in Canada."), 8),
    Advice(
        "identity",
        mark("Give a Business Number or an NCAGE code: contracts are attached to you by them."),
        8,
    ),
    Advice("identity", mark("Say what the firm does in both languages: officials read either."), 7),
    Advice("identity", mark("State the number of employees."), 4),
    Advice("exports", mark("Say under which export controls your products fall."), 4),
)


@dataclass(frozen=True)
class Completeness:
    """How much of what officials ask is answered, in percent, and what would help most."""

    percent: int
    advice: list[Advice]


def completeness(record: Record) -> Completeness:
    """Weigh the record against what officials ask."""
    answered = _answers(record)
    done = sum(asked.weight for asked, here in zip(_ASKED, answered, strict=True) if here)
    missing = [asked for asked, here in zip(_ASKED, answered, strict=True) if not here]
    total = sum(asked.weight for asked in _ASKED)
    return Completeness(
        round(100 * done / total), sorted(missing, key=lambda advice: -advice.weight)[:HELPS_MOST]
    )


def _answers(record: Record) -> tuple[bool, ...]:
    """Whether each of what is asked is there, in the order of `_ASKED`."""
    identity, ownership = record["identity"], record["ownership"]
    return (
        bool(record["capabilities"]),
        bool(record[CLASSES]),
        any(line.get("current_rate") or line.get("rated_rate") for line in record["lines"]),
        any(site.get("city") and site.get("province") for site in record["sites"]),
        any(item.get("expires_on") for item in record["certificates"]),
        any(item.get("email") or item.get("phone") for item in record["contacts"]),
        ownership.get("canadian_control") is not None,
        bool(identity.get("business_number") or identity.get("ncage")),
        bool(identity.get("profile_en") and identity.get("profile_fr")),
        identity.get("employees") is not None,
        _states_anything(record["exports"]),
    )


def _states_anything(piece: Mapping[str, Any]) -> bool:
    return any(value is not None for value in piece.values())
