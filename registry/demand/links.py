"""Which firm a vendor is: by identifier, else by name; what is unsure waits for a person."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from matching.identity import Answer, Candidate, Method, NameIndex, Place, Query, Record, Zone
from registry.demand.models import Vendor
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmName, Identifier, Site
from registry.firms.service import announce_changes

LINKED, UNSURE, NONE = "linked", "unsure", "none"
BY_IDENTIFIER, BY_NAME, BY_PERSON = "identifier", "name", "person"

MOST_CANDIDATES = 5
_VENDORS_AT_ONCE = 500
_STRONGEST_PARTS = 2

VENDORS = cast(Table, Vendor.__table__)


@dataclass(frozen=True)
class Link:
    """What is to be stored of a vendor's firm."""

    link: str
    firm_id: int | None = None
    method: str | None = None
    confidence: float | None = None
    candidates: tuple[dict[str, Any], ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "link": self.link,
            "firm_id": self.firm_id,
            "method": self.method,
            "confidence": self.confidence,
            "candidates": list(self.candidates),
        }


class Linker:
    """Knows every listed firm's names and identifiers as they are when it is made."""

    def __init__(self, session: Session):
        self._places = _places(session)
        self._index = NameIndex(_records(session, self._places))

    def link(self, name: str, identifiers: tuple[tuple[str, str], ...] = ()) -> Link:
        """The firm of a vendor with this name and these (scheme, value) identifiers, if it is sure.

        The confidence is the calibrated probability that the link is right, from 0 to 1.
        """
        answer = self._index.decide(Query((name,), identifiers), limit=MOST_CANDIDATES)
        if answer.zone is Zone.DIFFERENT:
            return Link(NONE)
        method = BY_IDENTIFIER if answer.method is Method.IDENTIFIER else BY_NAME
        confidence = round(answer.confidence, 4)
        if answer.zone is Zone.SAME:
            return Link(LINKED, cast(int, answer.key), method, confidence)
        return Link(UNSURE, None, method, confidence, tuple(self._candidates(answer)))

    def _candidates(self, answer: Answer) -> Iterator[dict[str, Any]]:
        likely = [found for found in answer.candidates if found.zone is not Zone.DIFFERENT]
        for found in likely[:MOST_CANDIDATES]:
            place = self._places.get(cast(int, found.key), Place())
            yield {
                "firm_id": found.key,
                "name": found.name,
                "place": ", ".join(filter(None, (place.city, place.province))),
                "score": round(found.score, 1),
                "reasons_en": _reasons(found, "en"),
                "reasons_fr": _reasons(found, "fr"),
            }


def _reasons(found: Candidate, language: str) -> list[str]:
    """The rules that bounded the score, then its strongest parts."""
    if found.comparison is None:
        return []
    parts = [part for part in found.comparison.parts if part.name not in ("base", "limits")]
    parts.sort(key=lambda part: -abs(part.points))
    texts = [*found.comparison.limits, *parts[:_STRONGEST_PARTS]]
    return [str(getattr(text, f"text_{language}")) for text in texts]


def _places(session: Session) -> dict[int, Place]:
    """Where each firm is: its first site."""
    places: dict[int, Place] = {}
    query = select(Site.firm_id, Site.province, Site.city, Site.postal_code).order_by(Site.id)
    for firm_id, province, city, postal_code in session.execute(query):
        place = Place(province or "", city or "", (postal_code or "")[:3])
        places.setdefault(firm_id, place)
    return places


def _records(session: Session, places: dict[int, Place]) -> Iterator[Record]:
    names: dict[int, list[str]] = defaultdict(list)
    for firm_id, name in session.execute(select(FirmName.firm_id, FirmName.name)):
        names[firm_id].append(name)
    identifiers: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = select(Identifier.firm_id, Identifier.scheme, Identifier.value)
    for firm_id, scheme, value in session.execute(query.where(Identifier.well_formed)):
        identifiers[firm_id].append((scheme, value))
    firms = select(Firm.id, Firm.name).where(Firm.listed == "listed").order_by(Firm.id)
    for firm_id, name in session.execute(firms):
        all_names = dict.fromkeys((name, *sorted(names[firm_id])))
        found = tuple(identifiers[firm_id])
        yield Record(firm_id, tuple(all_names), found, places.get(firm_id))


def link_vendors(session: Session, source: Source) -> None:
    """Look again for the firms of vendors that have none and that no person has decided.

    Linked vendors stay as they are. Commits as it goes: a vendor's link depends on no other's.
    """
    waiting = session.execute(
        select(VENDORS.c.id, VENDORS.c.name, *(VENDORS.c[name] for name in Link(NONE).columns))
        .where(
            VENDORS.c.source_id == source.id,
            VENDORS.c.link.in_((NONE, UNSURE)),
            or_(VENDORS.c.method.is_(None), VENDORS.c.method != BY_PERSON),
        )
        .order_by(VENDORS.c.id)
    ).all()
    if not waiting:
        return
    linker = Linker(session)
    for start in range(0, len(waiting), _VENDORS_AT_ONCE):
        _link_some(session, linker, waiting[start : start + _VENDORS_AT_ONCE])
        session.commit()


def _link_some(session: Session, linker: Linker, vendors: Sequence[Any]) -> None:
    changes: list[dict[str, Any]] = []
    for vendor in vendors:
        columns = linker.link(vendor.name).columns
        if any(getattr(vendor, name) != value for name, value in columns.items()):
            changes.append({"vendor_id": vendor.id, **columns})
    if changes:
        session.connection().execute(
            update(VENDORS)
            .where(
                VENDORS.c.id == bindparam("vendor_id"),
                # A person may have decided since the vendors were read.
                or_(VENDORS.c.method.is_(None), VENDORS.c.method != BY_PERSON),
            )
            .values({name: bindparam(name) for name in Link(NONE).columns}),
            changes,
        )
    firms = dict.fromkeys(change["firm_id"] for change in changes if change["firm_id"])
    announce_changes(session, firms)
