"""Is this firm in the registry already? Asked before a new record is begun."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from matching.identity import Method, NameIndex, Query, Zone
from registry.firms.identifiers import check_identifier
from registry.firms.known import identity_records, reasons_of
from registry.firms.models import Firm, FirmChange, IdentifierType, Listing
from registry.i18n import gettext as _
from registry.matches.publication import newest_change

SHOWN = 5
LEAST_LIKENESS = 50.0  # below this a name is another firm's, and showing it only tires
# A firm that was suspended or withdrew is still known: it must not come in again as a new one.
KNOWN = (Listing.LISTED, Listing.SUSPENDED, Listing.WITHDRAWN)


@dataclass(frozen=True)
class Likeness:
    """A firm that may be the one that is meant. `score` is 0 to 100.

    `same` needs no person to say so; `likely` does.
    """

    firm: Firm
    score: float
    same: bool
    likely: bool
    reasons: list[str]


@dataclass
class Shelf:
    """The names that this process has ready, and the newest change in them.

    One thread at a time looks up or brings them up to date; either takes about a millisecond.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    names: NameIndex | None = None
    seen_seq: int = 0


def warm_names(session: Session) -> None:
    """Have the names ready before the first person asks: 50,000 firms take four seconds."""
    shelf = _shelf()
    with shelf.lock:
        _fresh(session, shelf)


def find_likenesses(
    session: Session, typed: str, language: str, limit: int = SHOWN
) -> list[Likeness]:
    """Listed firms that a name or an identifier may mean, the likeliest first."""
    return likenesses_of(session, (typed,), _identifiers_in(typed), language, limit=limit)


def likenesses_of(
    session: Session,
    names: tuple[str, ...],
    identifiers: tuple[tuple[str, str], ...],
    language: str,
    *,
    listings: Collection[str] = (Listing.LISTED,),
    without: Collection[int] = (),
    limit: int = SHOWN,
) -> list[Likeness]:
    """Firms with one of these names or (scheme, value) identifiers; `without` are passed over."""
    shelf = _shelf()
    with shelf.lock:
        answer = _fresh(session, shelf).decide(
            Query(names, identifiers), limit=limit * 2, without=without
        )
    near = {found.key: found for found in answer.candidates if found.score >= LEAST_LIKENESS}
    firms = session.scalars(
        select(Firm)
        .where(Firm.id.in_(near), Firm.listed.in_(listings))
        .options(selectinload(Firm.names), selectinload(Firm.sites))
    )
    known = {firm.id: firm for firm in firms}
    return [
        Likeness(
            firm=known[key],
            score=found.score,
            same=found.zone is Zone.SAME,
            likely=found.zone is not Zone.DIFFERENT,
            reasons=[_("The identifier is the same.")]
            if found.method is Method.IDENTIFIER
            else reasons_of(found, language),
        )
        for key, found in near.items()
        if key in known
    ][:limit]


def _identifiers_in(typed: str) -> tuple[tuple[str, str], ...]:
    """Every scheme in which the words are well formed: a number does not say of which it is."""
    checked = (check_identifier(scheme, typed) for scheme in IdentifierType)
    return tuple((found.scheme.value, found.value) for found in checked if found.well_formed)


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions.setdefault("cadence_names", Shelf())
    return shelf


def _fresh(session: Session, shelf: Shelf) -> NameIndex:
    """The names as the database has them: those of changed firms are taken out and put in anew."""
    seq = newest_change(session)
    changed: list[int | None] = []
    if shelf.names is not None and seq > shelf.seen_seq:
        query = select(FirmChange.firm_id).where(FirmChange.seq > shelf.seen_seq).distinct()
        changed = list(session.scalars(query))
    if shelf.names is None or None in changed or seq < shelf.seen_seq:
        shelf.names = NameIndex(identity_records(session, KNOWN))
    elif changed:
        ids = [firm_id for firm_id in changed if firm_id is not None]
        for firm_id in ids:
            if firm_id in shelf.names:
                shelf.names.remove(firm_id)
        for record in identity_records(session, KNOWN, ids):
            shelf.names.add(record)
    shelf.seen_seq = seq
    return shelf.names
