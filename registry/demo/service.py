"""Fictional firms, sign-ins, contracts and tenders for the demonstration; loaded only once."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.factors import code_now, set_up_code
from registry.accounts.models import (
    ADMINISTRATOR,
    AUDITOR,
    FIRM,
    OFFICIAL,
    TWO_FACTOR_ROLES,
    User,
)
from registry.accounts.service import ensure_roles, ensure_user
from registry.capabilities.models import (
    Capability,
    ClassDeclaration,
    LineInput,
    ProductionLine,
)
from registry.capabilities.service import IN_CONFIDENCE
from registry.db import today
from registry.demand.models import Contract, Vendor
from registry.feeds.models import Source
from registry.feeds.problems import Silence
from registry.feeds.reader import Row
from registry.finding.dismissals import whose
from registry.firms.models import (
    Certificate,
    Firm,
    FirmName,
    FirmRecord,
    Industry,
    MemberRole,
    Membership,
    Ownership,
    Site,
    Statement,
)
from registry.firms.service import announce_changes
from registry.grants.models import Grant, ScopeKind
from registry.grants.service import give_grant
from registry.i18n import mark
from registry.needs.models import OfficeNeed
from registry.needs.service import list_needs
from registry.portfolio.forms import blank_document
from registry.portfolio.service import create_plan, list_plans
from registry.taxonomy.codes import known_classes
from registry.tenders.canadabuys import CanadaBuysFormat
from registry.tenders.writing import TenderWriter

SOURCE = "demo"
AS_OF = dt.date(2026, 11, 1)  # when the demonstration data was written
GRANTED_UNTIL = dt.date(2099, 12, 31)
DEMO_PASSWORD = "cadence-demo-2026"
DEMO_FIRM = "northline-ordnance"
OFFICES = {"en": "Demonstration office (fictional)", "fr": "Bureau de démonstration (fictif)"}


@dataclass(frozen=True)
class DemoAccount:
    email: str
    name: str
    role: str
    language: str
    firm: str | None = None  # key of the demonstration firm that the person acts for
    member: MemberRole = MemberRole.OWNER  # what the person is to that firm
    need_to_know: bool = False  # sees exact figures of everything


def demo_accounts() -> tuple[DemoAccount, ...]:
    """One sign-in for each role; `.example` addresses reach no one (RFC 2606)."""
    return (
        DemoAccount(
            "official@cadence.example",
            mark("Official with need to know (demo)"),
            OFFICIAL,
            "en",
            need_to_know=True,
        ),
        DemoAccount("fonctionnaire@cadence.example", mark("Official (demo)"), OFFICIAL, "fr"),
        DemoAccount("firm@cadence.example", mark("Firm (demo)"), FIRM, "en", DEMO_FIRM),
        DemoAccount(
            "editor@cadence.example",
            mark("Editor (demo)"),
            FIRM,
            "en",
            DEMO_FIRM,
            MemberRole.EDITOR,
        ),
        DemoAccount("auditor@cadence.example", mark("Auditor (demo)"), AUDITOR, "en"),
        DemoAccount("admin@cadence.example", mark("Administrator (demo)"), ADMINISTRATOR, "en"),
    )


def load_demo(session: Session) -> int:
    """Add what is missing of the demonstration; the number of firms added."""
    ensure_roles(session)
    source = _ensure_source(session)
    known = dict(
        session.execute(
            select(FirmRecord.key, FirmRecord.firm_id).where(FirmRecord.source_id == source.id)
        ).all()
    )
    entries = json.loads(_data("firms.json"))
    added, missing = [], []
    for entry in entries:
        if entry["key"] not in known:
            firm = add_firm(session, source, entry)
            known[entry["key"]] = firm.id
            added.append(firm.id)
            missing.append((firm, entry))
    # After all firms, because lines name firms that supply them.
    for firm, entry in missing:
        _add_lines(session, firm, entry, known, {"source_id": source.id, "as_of": AS_OF})
    announce_changes(session, added)
    for account in demo_accounts():
        _ensure_account(session, account, known)
    _ensure_need_to_know(session)
    _ensure_plan(session)
    _ensure_needs(session)
    _publish_tenders(session, source)
    session.flush()
    return len(added)


def _publish_tenders(session: Session, source: Source) -> None:
    """Notices as a feed would bring them, dated from today, so that some are always open."""
    form, day = CanadaBuysFormat(known_classes(session)), today()
    notices = []
    for line, entry in enumerate(json.loads(_data("tenders.json")), start=1):
        published = day - dt.timedelta(days=entry.pop("published_days_ago"))
        closes = day + dt.timedelta(days=entry.pop("closes_in_days"))
        dates = {"published_on": published.isoformat(), "closes_at": f"{closes}T14:00:00"}
        if entry["amendment"] != "000":
            dates["amended_on"] = (published + dt.timedelta(days=2)).isoformat()
        notices.append(form.record(Row(line, 0, {**entry, **dates}), Silence()))
    TenderWriter(session, source).write(notices)


def _data(name: str) -> str:
    return files("registry.demo").joinpath("data", name).read_text(encoding="utf-8")


def _ensure_source(session: Session) -> Source:
    found = session.scalars(select(Source).where(Source.code == SOURCE)).first()
    if found is None:
        found = Source(
            code=SOURCE,
            title_en="Demonstration data, all fictional",
            title_fr="Données de démonstration, toutes fictives",
            as_of=AS_OF,
        )
        session.add(found)
        session.flush()
    return found


def _ensure_account(session: Session, account: DemoAccount, firms: dict[str, int]) -> None:
    office = OFFICES[account.language] if account.role in TWO_FACTOR_ROLES else None
    user: User = ensure_user(
        session,
        account.email,
        account.name,
        DEMO_PASSWORD,
        (account.role,),
        account.language,
        office,
    )
    if user.needs_second_factor and not user.has_second_factor:
        set_up_code(user)
    if account.firm is None:
        return
    firm_id = firms[account.firm]
    query = select(Membership).where(Membership.user_id == user.id, Membership.firm_id == firm_id)
    if session.scalars(query).first() is None:
        session.add(Membership(user_id=user.id, firm_id=firm_id, role=account.member))


def current_code(session: Session, uniquifier: str | None) -> str | None:
    """The code that a demonstration account's device would show; None for every other account.

    It is forgotten that it may have been used: many people try the same account at once.
    """
    user = session.scalars(select(User).where(User.fs_uniquifier == uniquifier)).first()
    if user is None or user.email not in {account.email for account in demo_accounts()}:
        return None
    user.totp_counter = None
    session.flush()
    return code_now(user)


def _ensure_need_to_know(session: Session) -> None:
    """The grants of the demonstration, given by its administrator and only once."""
    people = {user.email: user.id for user in session.scalars(select(User))}
    (administrator,) = (a.email for a in demo_accounts() if a.role == ADMINISTRATOR)
    for account in demo_accounts():
        official_id = people[account.email]
        given = select(Grant.id).where(Grant.official_id == official_id)
        if account.need_to_know and session.scalars(given).first() is None:
            give_grant(
                session,
                people[administrator],
                official_id,
                ScopeKind.EVERYTHING,
                GRANTED_UNTIL,
                "Demonstration: sees exact figures, as the other official does not.",
            )


def _ensure_plan(session: Session) -> None:
    """A plan for 155 mm shells that waits to be solved, in two scenarios; made only once."""
    owners = {account.email for account in demo_accounts() if account.need_to_know}
    for owner_id in session.scalars(select(User.id).where(User.email.in_(owners))):
        if list_plans(session, owner_id):
            continue
        create_plan(
            session,
            owner_id,
            {
                **blank_document(AS_OF),
                "name": "155 mm, 2027-2029",
                "yearly": [100e6, 100e6, 80e6, 40e6, 40e6],
                "scenarios": [
                    _shells("Base", [[12, 15_000], [24, 50_000], [36, 90_000]]),
                    _shells("Base −12", [[12, 50_000], [24, 90_000]]),
                ],
            },
        )


def _ensure_needs(session: Session) -> None:
    """What the first official's office needs; stated only once."""
    owners = {account.email for account in demo_accounts() if account.need_to_know}
    for owner in session.scalars(select(User).where(User.email.in_(owners))):
        if list_needs(session, owner):
            continue
        for entry in json.loads(_data("needs.json")):
            by_date = _date(entry.pop("by_date", None))
            stated = OfficeNeed(whose=whose(owner), stated_by_id=owner.id, by_date=by_date, **entry)
            session.add(stated)


def _shells(name: str, by: list[list[float]]) -> dict[str, Any]:
    need = {"category": "AMM-01", "unit": "round", "priority": 1, "by": by}
    source = "Demonstration (fictional) / Démonstration (fictif)"
    return {"name": name, "needs": [{**need, "source": source}]}


def add_firm(session: Session, source: Source, entry: dict[str, Any]) -> Firm:
    """One demonstration firm with all its parts but its lines."""
    fact = {"source_id": source.id, "as_of": AS_OF}
    plain = (
        "activity", "employees", "founded_year", "exports", "indigenous", "website",
        "profile_en", "profile_fr",
    )  # fmt: skip
    firm = Firm(name=_listed_name(entry["names"]), **{name: entry[name] for name in plain}, **fact)
    firm.names = [FirmName(**name, **fact) for name in entry["names"]]
    firm.ownership = Ownership(**entry["ownership"], **fact)
    firm.sites = [Site(**site, **fact) for site in entry["sites"]]
    firm.industries = [Industry(**industry, **fact) for industry in entry["industries"]]
    firm.statements = [Statement(**statement, **fact) for statement in entry["statements"]]
    session.add(firm)
    session.flush()
    _add_certificates(firm, entry["certificates"], fact)
    _add_capabilities(session, firm, entry, fact)
    if entry["awards"]:
        _add_awards(session, firm, entry["awards"], fact)
    session.add(
        FirmRecord(source_id=source.id, key=entry["key"], digest=_digest(entry), firm_id=firm.id)
    )
    session.flush()
    return firm


def _listed_name(names: Iterable[dict[str, Any]]) -> str:
    """The English operating name: `Firm.name` is what a list falls back on."""
    ordered = sorted(
        names, key=lambda name: (name["kind"] != "operating", name["language"] != "en")
    )
    return str(ordered[0]["name"])


def _digest(entry: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _site_id(firm: Firm, place: int | None) -> int | None:
    return firm.sites[place].id if place is not None else None


def _add_certificates(firm: Firm, entries: list[dict[str, Any]], fact: dict[str, Any]) -> None:
    plain = ("scheme", "level", "body", "scope_en", "scope_fr", "evidence")
    firm.certificates = [
        Certificate(
            **{name: entry[name] for name in plain},
            site_id=_site_id(firm, entry["site"]),
            issued_on=_date(entry["issued_on"]),
            expires_on=_date(entry["expires_on"]),
            **fact,
        )
        for entry in entries
    ]


def _add_capabilities(
    session: Session, firm: Firm, entry: dict[str, Any], fact: dict[str, Any]
) -> None:
    stated = ("kind", "name_en", "name_fr", "description_en", "description_fr")
    for item in entry["capabilities"]:
        values = {name: item[name] for name in stated}
        site_id = _site_id(firm, item["site"])
        session.add(Capability(firm_id=firm.id, site_id=site_id, **values, **fact))
    session.add_all(
        ClassDeclaration(firm_id=firm.id, class_code=code, **fact) for code in entry["classes"]
    )


def _add_lines(
    session: Session,
    firm: Firm,
    entry: dict[str, Any],
    firms: dict[str, int],
    fact: dict[str, Any],
) -> None:
    dates = ("stated_on", "committed_until", "next_review_on")
    for given in entry["lines"]:
        values = {name: value for name, value in given.items() if name not in _NOT_COLUMNS}
        line = ProductionLine(
            firm_id=firm.id,
            site_id=_site_id(firm, given["site"]),
            category_code=given["category"],
            disclosure_basis=IN_CONFIDENCE,
            supplied_on=AS_OF,
            **{**values, **{name: _date(given.get(name)) for name in dates}},
            **fact,
        )
        line.further_categories = given.get("further_categories", [])
        line.inputs = [_input(item, firms) for item in given.get("inputs", [])]
        session.add(line)
    session.flush()


_NOT_COLUMNS = frozenset({"site", "category", "further_categories", "inputs"})


def _input(given: dict[str, Any], firms: dict[str, int]) -> LineInput:
    values = dict(given)
    supplier = values.pop("supplier_firm", None)
    return LineInput(
        category_code=values.pop("category", None),
        supplier_firm_id=firms[supplier] if supplier else None,
        **values,
    )


def _add_awards(
    session: Session, firm: Firm, entries: list[dict[str, Any]], fact: dict[str, Any]
) -> None:
    vendor = Vendor(
        source_id=fact["source_id"],
        key=firm.name.lower(),
        name=firm.name,
        firm_id=firm.id,
        link="linked",
        method="identifier",
        candidates=[],
    )
    session.add(vendor)
    session.flush()
    for entry in entries:
        session.add(
            Contract(
                source_key=entry["reference"],
                digest=_digest(entry),
                vendor_id=vendor.id,
                reference=entry["reference"],
                awarded_on=_date(entry["awarded_on"]),
                description=entry["description"],
                class_code=entry["class_code"],
                value_cad=entry["value_cad"],
                amended=False,
                **fact,
            )
        )
