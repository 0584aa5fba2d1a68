"""Officials, firms of few products, and an application that sees their changes at once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from registry.accounts.models import OFFICIAL, User
from registry.accounts.service import ensure_roles, ensure_user
from registry.alerts import service
from registry.alerts.models import Subscription
from registry.capabilities.models import Capability, ClassDeclaration
from registry.feeds.models import Source
from registry.firms.models import Certificate, Firm, FirmName, Site
from registry.firms.service import announce_changes
from registry.matches import publication
from registry.taxonomy.models import SupplyClass

SHELLS = {"version": 1, "need": {"category": "AMM-01"}}


@pytest.fixture
def at_once(session, monkeypatch) -> None:
    """Few supply classes, so that an index is built at once, and looked at for every ranking."""
    monkeypatch.setattr(publication, "LOOK_EVERY_SECONDS", 0.0)
    session.execute(update(SupplyClass).where(SupplyClass.code > "1325").values(retired=True))
    session.commit()


@pytest.fixture
def add_person(session) -> Callable[..., User]:
    def add(name: str, language: str = "en", role: str = OFFICIAL) -> User:
        ensure_roles(session)
        person = ensure_user(session, f"{name}@cadence.example", name, "-" * 14, (role,), language)
        session.commit()
        return person

    return add


@pytest.fixture
def official(app, at_once, add_person) -> User:
    return add_person("official")


@pytest.fixture
def add_firm(session) -> Callable[..., Firm]:
    """A listed firm in a province that offers these things; announced, committed."""

    def add(name: str, *offers: str, province: str = "QC", classes: tuple[str, ...] = ()) -> Firm:
        source = session.scalars(select(Source).where(Source.code == "made-up")).first()
        source = source or Source(code="made-up", title_en="Made up", title_fr="Inventée")
        firm = Firm(name=name, source=source)
        session.add(firm)
        session.flush()
        fact = {"source_id": source.id}
        firm.names.append(FirmName(kind="operating", language="en", name=name, **fact))
        firm.sites.append(Site(kind="plant", city="Town", province=province, **fact))
        session.add_all(
            Capability(firm_id=firm.id, kind="product", name_en=offer, **fact) for offer in offers
        )
        session.add_all(
            ClassDeclaration(firm_id=firm.id, class_code=code, **fact) for code in classes
        )
        announce_changes(session, [firm.id])
        session.commit()
        return firm

    return add


@pytest.fixture
def makers(add_firm) -> list[Firm]:
    """Three firms that fit shells."""
    names = ("Alpha", "Bravo", "Charlie")
    return [add_firm(name, "155 mm artillery shell bodies", classes=("1320",)) for name in names]


@pytest.fixture
def certify(session) -> Callable[..., None]:
    """Give a firm a certificate; announced, committed."""

    def certify(firm: Firm, scheme: str = "CGP", **plain: Any) -> None:
        fact = {"source_id": firm.source_id}
        session.add(Certificate(firm_id=firm.id, scheme=scheme, **plain, **fact))
        announce_changes(session, [firm.id])
        session.commit()

    return certify


@pytest.fixture
def unlist(session) -> Callable[[Firm, str], None]:
    def unlist(firm: Firm, listed: str = "withdrawn") -> None:
        firm.listed = listed
        announce_changes(session, [firm.id])
        session.commit()

    return unlist


@pytest.fixture
def save(session, official) -> Callable[..., Subscription]:
    """Save shells, or another search, for the official or someone else."""

    def save(frequency: str = "instantly", user: User | None = None, **criteria: Any) -> Any:
        document = {**SHELLS, **criteria}
        person = user or official
        found = service.save(session, person, document, "Shell bodies", frequency, person.language)
        session.commit()
        return found

    return save
