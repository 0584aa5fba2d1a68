"""Made-up contracts and the firms that may have won them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry.demand.dnd import COLUMNS
from registry.demand.importing import import_contracts
from registry.demand.models import Vendor
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmName, Site

HEADINGS = [*COLUMNS.required, "comments"]


def contract(number: int, vendor: str = "Zorvex Forge Ltd.", **other: str) -> dict[str, str]:
    """A made-up row as the `dnd` format has it."""
    return {
        "source_id": f"{number:032x}",
        "vendor_name": vendor,
        "vendor_key": vendor.lower(),
        "reference_number": f"W0000-{number}",
        "contract_date": "2010-04-01",
        "delivery_date": "2010-09-30",
        "description": "Guns, through 30 mm",
        "fsc_code": "1005",
        "value_cad": "29775.00",
        "flag_amended": "0",
        **other,
    }


@pytest.fixture
def row():
    return contract


@pytest.fixture
def write_contracts(write_csv) -> Callable[..., Path]:
    def write(*rows: dict[str, str]) -> Path:
        return write_csv([HEADINGS, *([r.get(name, "") for name in HEADINGS] for r in rows)])

    return write


@pytest.fixture
def load(session, write_contracts, with_report) -> Callable[..., Any]:
    def run(*rows, batch_rows=1000):
        path = write_contracts(*rows)
        return with_report(import_contracts, session, path, "dnd", lambda _: None, batch_rows)

    return run


@pytest.fixture
def add_firm(session) -> Callable[..., Firm]:
    def add(name: str, city: str = "North Bay") -> Firm:
        source = session.scalars(select(Source).where(Source.code == "made-up")).first()
        source = source or Source(code="made-up", title_en="Made up", title_fr="Inventée")
        firm = Firm(name=name, source=source)
        session.add(firm)
        session.flush()
        origin = {"firm_id": firm.id, "source_id": source.id}
        session.add(FirmName(kind="legal", name=name, **origin))
        session.add(Site(kind="plant", city=city, province="ON", **origin))
        session.commit()
        return firm

    return add


@pytest.fixture
def vendor_called(session) -> Callable[[str], Vendor]:
    def find(name: str) -> Vendor:
        session.expire_all()
        return session.scalars(select(Vendor).where(Vendor.name == name)).one()

    return find
