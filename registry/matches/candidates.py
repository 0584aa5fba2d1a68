"""Rows to matching facts, in a fixed number of queries for each span of firms."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching import Holding, Offer, Supplier, SupplyClass, Win
from registry.capabilities.models import Capability, ClassDeclaration
from registry.demand.models import Contract, Vendor, contract_number, stands
from registry.firms.models import Certificate, Firm, FirmName, Industry, Statement
from registry.taxonomy.models import SupplyClass as SupplyClassRow
from registry.taxonomy.models import SupplyGroup

LARGEST = 2**31 - 1  # id that an integer column holds
SPAN = 4000  # firms read at once: bounds memory, and the number of queries by firms / SPAN

Rows = dict[int, list[Any]]


def count_suppliers(session: Session) -> int:
    """How many firms are listed."""
    return session.scalar(select(func.count()).where(Firm.listed == "listed")) or 0


def all_suppliers(session: Session, after: int = 0, last: int = LARGEST) -> Iterator[Supplier]:
    """Every listed firm in the order of its id; nine queries for each span of ids.

    `after` and `last` bound the ids, `last` included.
    """
    while True:
        ids = session.scalars(
            select(Firm.id)
            .where(Firm.listed == "listed", Firm.id > after, Firm.id <= last)
            .order_by(Firm.id)
            .limit(SPAN)
        ).all()
        if not ids:
            return
        yield from suppliers_of(session, ids)
        after = ids[-1]


def suppliers_of(session: Session, firm_ids: Iterable[int]) -> list[Supplier]:
    """These firms, where they are listed, in the order of their ids; eight queries."""
    ids = sorted(firm_ids)
    if not ids:
        return []
    firms = session.execute(
        select(
            Firm.id,
            Firm.name,
            Firm.activity,
            Firm.employees,
            Firm.exports,
            Firm.profile_en,
            Firm.profile_fr,
            Firm.indigenous,
        )
        .where(Firm.id.in_(ids), Firm.listed == "listed")
        .order_by(Firm.id)
    ).all()
    facts = {
        "names": _by_firm(session, ids, select(FirmName.firm_id, FirmName.name), FirmName.id),
        "statements": _by_firm(
            session,
            ids,
            select(Statement.firm_id, Statement.kind, Statement.text_en, Statement.text_fr),
            Statement.id,
        ),
        "offers": _by_firm(
            session,
            ids,
            select(
                Capability.firm_id,
                Capability.kind,
                Capability.name_en,
                Capability.name_fr,
                Capability.description_en,
                Capability.description_fr,
            ),
            Capability.id,
        ),
        "industries": _by_firm(
            session,
            ids,
            select(Industry.firm_id, Industry.code, Industry.title, Industry.primary),
            Industry.primary.desc(),
            Industry.id,
        ),
        "classes": _by_firm(
            session,
            ids,
            select(ClassDeclaration.firm_id, ClassDeclaration.class_code),
            ClassDeclaration.class_code,
        ),
        "holdings": _by_firm(
            session,
            ids,
            select(
                Certificate.firm_id, Certificate.scheme, Certificate.level, Certificate.expires_on
            ),
            Certificate.id,
        ),
        "wins": _wins(session, ids),
    }
    return [
        _supplier(firm, {name: rows[firm.id] for name, rows in facts.items()}) for firm in firms
    ]


def _by_firm(session: Session, ids: list[int], query: Any, *order: Any) -> Rows:
    """Rows of a table keyed by firm, which is the query's first column."""
    firm_id = query.selected_columns[0]
    # A range with a membership test would be exact; the range alone keeps the statement short, and
    # rows of firms that were not asked for are never looked up.
    query = query.where(firm_id.between(ids[0], ids[-1])).order_by(firm_id, *order)
    if len(ids) < SPAN // 4:
        query = query.where(firm_id.in_(ids))
    rows: Rows = defaultdict(list)
    for row in session.execute(query):
        rows[row[0]].append(row)
    return rows


def _wins(session: Session, ids: list[int]) -> Rows:
    """Contracts won by class; one that several rows or sources tell of is counted once."""
    query = (
        select(
            Vendor.firm_id,
            Contract.class_code,
            func.count(func.distinct(contract_number())),
            func.max(Contract.awarded_on),
        )
        .join(Contract, Contract.vendor_id == Vendor.id)
        .where(Vendor.link == "linked", Contract.class_code.is_not(None), stands())
        .where(Vendor.firm_id.between(ids[0], ids[-1]))
        .group_by(Vendor.firm_id, Contract.class_code)
        .order_by(Vendor.firm_id, Contract.class_code)
    )
    rows: Rows = defaultdict(list)
    for row in session.execute(query):
        rows[row[0] or 0].append(row)
    return rows


def _supplier(firm: Any, rows: dict[str, list[Any]]) -> Supplier:
    return Supplier(
        key=firm.id,
        names=tuple(dict.fromkeys([firm.name, *(name for _id, name in rows["names"])])),
        activity=firm.activity,
        employees=firm.employees,
        exports=firm.exports,
        profile=_joined(firm.profile_en, firm.profile_fr),
        statements=_statements(rows["statements"], mentions=False),
        mentions=_statements(rows["statements"], mentions=True),
        offers=tuple(offer for row in rows["offers"] for offer in _offers(row)),
        industries=tuple((row.code, row.title) for row in rows["industries"]),
        class_codes=tuple(row.class_code for row in rows["classes"]),
        wins=tuple(Win(code, count, latest) for _id, code, count, latest in rows["wins"]),
        holdings=(
            *(Holding(row.scheme, row.level, row.expires_on) for row in rows["holdings"]),
            # What a set-aside asks for is a fact of the firm and no certificate that it files.
            *([Holding("Indigenous business")] if firm.indigenous else []),
        ),
    )


def _offers(row: Any) -> list[Offer]:
    """One offer for each language in which it is described."""
    _firm_id, kind, name_en, name_fr, description_en, description_fr = row
    pairs = ((name_en, description_en), (name_fr, description_fr))
    service = kind == "service"
    return [Offer(name, description or "", service) for name, description in pairs if name]


MENTIONS = frozenset({"clients", "markets"})  # whom a firm names is weaker than what it does
NOT_WORDS = frozenset({"nsn"})


def _statements(rows: list[Any], mentions: bool) -> tuple[str, ...]:
    return tuple(
        _joined(row.text_en, row.text_fr)
        for row in rows
        if (row.kind in MENTIONS) == mentions and row.kind not in NOT_WORDS
    )


def _joined(*texts: str | None) -> str:
    return "\n".join(text for text in texts if text)


def supply_classes(session: Session) -> list[SupplyClass]:
    """The classes in force, with their trade keywords and their groups' titles; one query."""
    rows = session.execute(
        select(SupplyClassRow, SupplyGroup)
        .join(SupplyGroup, SupplyGroup.code == SupplyClassRow.group_code)
        .where(~SupplyClassRow.retired)
        .order_by(SupplyClassRow.code)
    )
    return [
        SupplyClass(
            code=row.code,
            title_en=row.title_en,
            title_fr=row.title_fr,
            keywords_en=tuple(row.keywords_en),
            keywords_fr=tuple(row.keywords_fr),
            group_title_en=group.title_en,
            group_title_fr=group.title_fr,
        )
        for row, group in rows
    ]
