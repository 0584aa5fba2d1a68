"""Officials, firms to pick, and a match frozen as the day's engine would freeze it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from matching import PROFILE, Gate, GateState, Match, Part
from registry.accounts.models import User
from registry.audit.models import AuditEvent
from registry.capabilities.models import Capability
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmName, Site
from registry.firms.service import announce_changes
from registry.matches.service import freeze
from registry.shortlists import service
from registry.shortlists.models import Shortlist
from registry.taxonomy.models import SupplyClass


@pytest.fixture
def add_person(session) -> Callable[[str], User]:
    def add(name: str) -> User:
        person = User(
            email=f"{name}@cadence.example", name=name, password="-", active=True,
            fs_uniquifier=name, language="en",
        )  # fmt: skip
        session.add(person)
        session.commit()
        return person

    return add


@pytest.fixture
def owner(add_person) -> User:
    return add_person("owner")


@pytest.fixture
def make_firm(session) -> Callable[..., Firm]:
    """A listed firm with a name in each language and one plant; announced, committed."""

    def add(name: str, *offers: str, french: str | None = None) -> Firm:
        source = session.scalars(select(Source).where(Source.code == "made-up")).first()
        source = source or Source(code="made-up", title_en="Made up", title_fr="Inventée")
        firm = Firm(name=name, source=source)
        session.add(firm)
        session.flush()
        fact = {"source_id": source.id}
        for language, spelling in (("en", name), ("fr", french or f"{name} (fr)")):
            firm.names.append(FirmName(kind="operating", language=language, name=spelling, **fact))
        firm.sites.append(Site(kind="plant", city="Trois-Rivières", province="QC", **fact))
        session.add_all(
            Capability(firm_id=firm.id, kind="product", name_en=offer, **fact) for offer in offers
        )
        announce_changes(session, [firm.id])
        session.commit()
        return firm

    return add


@pytest.fixture
def few_classes(session) -> None:
    """Only some supply classes in force: an index is built at once."""
    session.execute(update(SupplyClass).where(SupplyClass.code > "1325").values(retired=True))
    session.commit()


@pytest.fixture
def frozen() -> dict[str, Any]:
    """20 + 3.5 points; controlled goods held, quality system not stated."""
    values = {"declared": 1.0, "words": 0.5}
    parts = (Part(key, PROFILE.weights[key], value, ("155 mm",)) for key, value in values.items())
    gates = (
        Gate("controlled goods", GateState.PASS, "CGP", dt.date(2031, 5, 1)),
        Gate("quality system", GateState.UNKNOWN),
    )
    return freeze(Match(supplier=1, rank=3, parts=tuple(parts), gates=gates))


@pytest.fixture
def shortlist(session, owner) -> Shortlist:
    found = service.create_shortlist(session, owner.id, "Shells", {"category": "AMM-01"})
    session.commit()
    return found


@pytest.fixture
def trail(session) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """What the audit trail says of shortlists: actions and details, in order."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        query = select(AuditEvent).where(AuditEvent.subject == "shortlist").order_by(AuditEvent.id)
        return [(event.action, event.detail) for event in session.scalars(query)]

    return read
