"""Two firms that are one: found by their names, merged with everything kept, and undone."""

from dataclasses import dataclass
from typing import cast

from sqlalchemy import Column, Table, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.db import Base, utcnow
from registry.errors import Conflict, NotFound
from registry.firms.models import Firm, Listing
from registry.firms.service import announce_changes
from registry.i18n import gettext as _
from registry.merging.models import Distinct, Merge
from registry.registration.finding import KNOWN, Likeness, likenesses_of
from registry.registration.models import OPEN, Revision
from registry.registration.service import reason_of

PAIRS_SHOWN = 20
# Firms looked at for doubles on one page of candidates: each takes about a millisecond.
LOOKED_AT = 400
# Tables that tell of a firm and move with it. What is told of one firm only (its versions, its
# merges, what was announced) stays where it is.
STAYING = frozenset(
    {
        "firms",
        "revisions",
        "merges",
        "distinct_firms",
        "firm_changes",
        "reminders",
        "disclosures",  # who looked at that firm's record
        "bulk_uploads",
        "tender_matches",  # found anew whenever tenders are matched
        "dismissals",  # of that record; whether the one that is kept fits is judged anew
    }
)
# One row for each firm: where both have one, the one that is kept stands.
SINGLE = frozenset({"ownerships", "export_controls"})


@dataclass(frozen=True)
class Pair:
    """Two firms that may be one, and why."""

    one: Firm
    other: Likeness


def moving_columns() -> dict[str, Column[int]]:
    """Every column, by "table.column", that names a firm and moves with it."""
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.sorted_tables
        for column in table.c
        if table.name not in STAYING
        and any(key.column.table.name == "firms" for key in column.foreign_keys)
    }


def list_pairs(session: Session, language: str, after: int = 0) -> tuple[list[Pair], int | None]:
    """(pairs that may be one firm, where the next page begins; None at the end).

    Firms are looked at in the order of their numbers, each against those before it.
    """
    distinct = _distinct(session)
    query = (
        select(Firm)
        .where(Firm.id > after, Firm.listed.in_(KNOWN))
        .options(selectinload(Firm.names), selectinload(Firm.identifiers), selectinload(Firm.sites))
        .order_by(Firm.id)
        .limit(LOOKED_AT)
    )
    pairs: list[Pair] = []
    firms = session.scalars(query).all()
    for firm in firms:
        for likeness in _doubles(session, firm, language):
            if likeness.firm.id < firm.id and (likeness.firm.id, firm.id) not in distinct:
                pairs.append(Pair(firm, likeness))
        if len(pairs) >= PAIRS_SHOWN:
            return pairs, firm.id
    return pairs, firms[-1].id if len(firms) == LOOKED_AT else None


def _doubles(session: Session, firm: Firm, language: str) -> list[Likeness]:
    names = tuple(dict.fromkeys((firm.name, *(row.name for row in firm.names))))
    identifiers = tuple((row.scheme, row.value) for row in firm.identifiers if row.well_formed)
    found = likenesses_of(session, names, identifiers, language, listings=KNOWN, without=(firm.id,))
    return [likeness for likeness in found if likeness.likely]


def _distinct(session: Session) -> set[tuple[int, int]]:
    return {
        (one, other) for one, other in session.execute(select(Distinct.one_id, Distinct.other_id))
    }


def keep_apart(session: Session, actor_id: int, one_id: int, other_id: int) -> None:
    """Remember that two firms are two; deciding it twice changes nothing."""
    low, high = sorted((one_id, other_id))
    if (low, high) in _distinct(session):
        return
    try:
        with session.begin_nested():
            session.add(Distinct(one_id=low, other_id=high, decided_by=actor_id))
            session.flush()
    except IntegrityError:  # decided twice in this moment
        return
    record(session, actor_id, "firm.keep_apart", "firm", low, other_id=high)


def merge(session: Session, actor_id: int, kept: Firm, merged: Firm, reason: str) -> Merge:
    """Move everything of one firm to the other, and write down what was moved.

    A row that the kept firm has already (the same name, the same class, its ownership) stays with
    the merged firm, which leads to the kept one from now on. Raises Conflict where one of the two
    cannot be merged, RuleBroken without a reason.
    """
    reason = reason_of(reason)
    if kept.id == merged.id:
        raise Conflict(_("A firm cannot be merged into itself."))
    for firm in (kept, merged):
        if firm.listed == Listing.MERGED:
            raise Conflict(_("Firm %(id)s was merged already.", id=firm.id))
    open_one = session.scalars(
        select(Revision.id).where(Revision.firm_id == merged.id, Revision.state.in_(OPEN))
    ).first()
    if open_one:
        raise Conflict(
            _("The firm to be merged has an open draft. Decide it, or merge the other way round.")
        )
    before = merged.listed
    moved = {
        name: _move(session, column, merged.id, kept.id)
        for name, column in moving_columns().items()
    }
    made = Merge(
        kept_id=kept.id,
        merged_id=merged.id,
        moved={"listed": before, "rows": {name: ids for name, ids in moved.items() if ids}},
        reason=reason,
        made_by=actor_id,
    )
    session.add(made)
    merged.listed, merged.merged_into_id = Listing.MERGED, kept.id
    kept.updated_at = merged.updated_at = utcnow()
    session.flush()
    session.expire_all()
    record(
        session,
        actor_id,
        "firm.merge",
        "firm",
        kept.id,
        merged_id=merged.id,
        moved=made.moved,
        why=reason,
    )
    announce_changes(session, [kept.id, merged.id])
    return made


def _move(session: Session, column: Column[int], source: int, target: int) -> list[int]:
    """Let rows name another firm, one by one, leaving those that it has already; their numbers."""
    identity = column.table.c.id
    if column.table.name in SINGLE and session.scalar(select(identity).where(column == target)):
        return []
    rows = session.scalars(select(identity).where(column == source).order_by(identity)).all()
    return [row for row in rows if _moved(session, column, row, target)]


def _moved(session: Session, column: Column[int], row: int, target: int) -> bool:
    table = cast(Table, column.table)
    try:
        with session.begin_nested():
            session.execute(update(table).where(table.c.id == row).values({column: target}))
    except IntegrityError:  # the other firm has the same: it stays where it is
        return False
    return True


def undo(session: Session, actor_id: int, merge_id: int) -> Merge:
    """Move everything back that is still there. Raises NotFound, Conflict if it was undone."""
    made = session.get(Merge, merge_id)
    if made is None:
        raise NotFound(_("There is no such merge."))
    if made.undone_at is not None:
        raise Conflict(_("This merge was undone already."))
    if made.kept.listed == Listing.MERGED:
        raise Conflict(_("Undo the later merge of the firm that was kept first."))
    columns = moving_columns()
    for name, ids in made.moved["rows"].items():
        _move_back(session, columns[name], ids, made.kept_id, made.merged_id)
    merged = made.merged
    merged.listed, merged.merged_into_id = made.moved["listed"], None
    made.undone_by, made.undone_at = actor_id, utcnow()
    made.kept.updated_at = merged.updated_at = utcnow()
    session.flush()
    session.expire_all()
    record(
        session,
        actor_id,
        "firm.unmerge",
        "firm",
        made.kept_id,
        merged_id=made.merged_id,
    )
    announce_changes(session, [made.kept_id, made.merged_id])
    return made


def _move_back(
    session: Session, column: Column[int], ids: list[int], source: int, target: int
) -> None:
    """Rows that the kept firm removed since are gone; the others go home."""
    table = cast(Table, column.table)
    session.execute(
        update(table).where(table.c.id.in_(ids), column == source).values({column: target})
    )


def list_merges(session: Session) -> list[Merge]:
    """All merges, the newest first."""
    query = (
        select(Merge)
        .options(
            selectinload(Merge.kept).selectinload(Firm.names),
            selectinload(Merge.merged).selectinload(Firm.names),
        )
        .order_by(Merge.id.desc())
        .limit(PAIRS_SHOWN)
    )
    return list(session.scalars(query))
