"""Firms to be ranked, an application that sees their changes at once, and counted queries."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from registry.capabilities.models import Capability, ClassDeclaration
from registry.demand.models import Contract, Vendor
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmName, FirmRecord, Industry, Site
from registry.firms.service import announce_changes
from registry.matches import publication
from registry.taxonomy.models import SupplyClass


@pytest.fixture
def source(session) -> Source:
    source = Source(code="made-up", title_en="Made up", title_fr="Inventée")
    session.add(source)
    session.commit()
    return source


@pytest.fixture
def add_firm(session, source) -> Callable[..., Firm]:
    """A listed firm that offers these things and declares these classes; announced, committed."""

    def add(name: str, *offers: str, classes: tuple[str, ...] = (), **plain: Any) -> Firm:
        fact = {"source_id": source.id}
        firm = Firm(name=name, **plain, **fact)
        firm.names = [FirmName(kind="legal", language="en", name=f"{name} Inc.", **fact)]
        firm.sites = [Site(kind="plant", city="Laval", province="QC", **fact)]
        firm.industries = [Industry(code="332999", title="Metal products", primary=True, **fact)]
        session.add(firm)
        session.flush()
        session.add_all(
            Capability(firm_id=firm.id, kind="product", name_en=offer, **fact) for offer in offers
        )
        session.add_all(
            ClassDeclaration(firm_id=firm.id, class_code=code, **fact) for code in classes
        )
        session.add(FirmRecord(key=f"S{firm.id:03d}", digest="", firm_id=firm.id, **fact))
        announce_changes(session, [firm.id])
        session.commit()
        return firm

    return add


@pytest.fixture
def few_classes(session) -> None:
    """Only some supply classes in force, guns and shells among them: an index is built at once."""
    session.execute(update(SupplyClass).where(SupplyClass.code > "1325").values(retired=True))
    session.commit()


@pytest.fixture
def add_contract(session, source) -> Callable[..., Contract]:
    """A contract that the firm won; its supplier is linked to the firm unless `link` says not."""

    def add(firm: Firm, key: str, class_code: str | None = "1005", **other: Any) -> Contract:
        link = other.pop("link", "linked")
        name = f"{firm.name} {link}"
        vendor = session.scalars(select(Vendor).where(Vendor.key == name)).first() or Vendor(
            source_id=source.id,
            key=name,
            name=name,
            link=link,
            firm_id=firm.id if link == "linked" else None,
        )
        values = {"awarded_on": dt.date(2020, 1, 1), "amended": False, "digest": "", **other}
        contract = Contract(
            source_id=source.id,
            source_key=key,
            class_code=class_code,
            description="Guns",
            vendor=vendor,
            **values,
        )
        session.add(contract)
        session.commit()
        return contract

    return add


@pytest.fixture
def count_queries(engine: Engine) -> Callable[[], Any]:
    """`with count_queries() as seen:` collects the statements that the database is sent."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for changes at every ranking, not once a second."""
    monkeypatch.setattr(publication, "LOOK_EVERY_SECONDS", 0.0)


@pytest.fixture
def index_dir(app: Flask) -> Any:
    return app.config["SETTINGS"].index_dir


@pytest.fixture
def live(app: Flask, session: Session) -> Callable[[], publication.LiveIndex]:
    """What a request would rank with now."""

    def look() -> publication.LiveIndex:
        session.commit()
        return publication.live_index(session)

    return look
