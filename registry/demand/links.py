"""Which firm a vendor is: by identifier, else by name; what is unsure waits for a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from matching.identity import Answer, Method, NameIndex, Place, Query, Zone
from registry.demand.models import Vendor
from registry.feeds.models import Source
from registry.firms.known import identity_records, reasons_of
from registry.firms.service import announce_changes

LINKED, UNSURE, NONE = "linked", "unsure", "none"
BY_IDENTIFIER, BY_NAME, BY_PERSON = "identifier", "name", "person"

MOST_CANDIDATES = 5
_VENDORS_AT_ONCE = 500

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
        records = list(identity_records(session))
        self._places = {record.key: record.place for record in records}
        self._index = NameIndex(records)

    def link(
        self,
        name: str,
        identifiers: tuple[tuple[str, str], ...] = (),
        place: Place | None = None,
    ) -> Link:
        """The firm of a vendor with this name and these (scheme, value) identifiers, if it is sure.

        The confidence is the calibrated probability that the link is right, from 0 to 1.
        """
        answer = self._index.decide(Query((name,), identifiers, place), limit=MOST_CANDIDATES)
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
            place = self._places.get(found.key) or Place()
            yield {
                "firm_id": found.key,
                "name": found.name,
                "place": ", ".join(filter(None, (place.city, place.province))),
                "score": round(found.score, 1),
                "reasons_en": reasons_of(found, "en"),
                "reasons_fr": reasons_of(found, "fr"),
            }


def link_vendors(session: Session, source: Source) -> None:
    """Look again for the firms of vendors that have none and that no person has decided.

    Linked vendors stay as they are. Commits as it goes: a vendor's link depends on no other's.
    """
    waiting = session.execute(
        select(
            *(VENDORS.c[name] for name in ("id", "name", "city", "province", "identifiers")),
            *(VENDORS.c[name] for name in Link(NONE).columns),
        )
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


def _place(vendor: Any) -> Place | None:
    if vendor.city is None and vendor.province is None:
        return None
    return Place(province=vendor.province or "", city=vendor.city or "")


def _link_some(session: Session, linker: Linker, vendors: Sequence[Any]) -> None:
    changes: list[dict[str, Any]] = []
    for vendor in vendors:
        stated = tuple((scheme, value) for scheme, value in vendor.identifiers or ())
        columns = linker.link(vendor.name, stated, _place(vendor)).columns
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
