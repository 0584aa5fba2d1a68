"""Awards out of OCDS releases are evidence as others are, and go out beside their tenders."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.demand.importing import import_awards
from registry.demand.models import Contract
from registry.demand.releases import releases_with_awards
from registry.feeds.packages import write_package
from registry.firms.models import Identifier
from registry.tenders.importing import import_tenders
from registry.tenders.models import Tender
from tests.registry.ocds import faults_of, needs_schema, package

NUMBER = "123456782"  # its check digit is right


def release(number=1, award=None, **other):
    return {
        "ocid": f"ocds-xyz123-{number}",
        "id": "r-1",
        "date": "2026-05-02T09:00:00Z",
        "tag": ["award"],
        "initiationType": "tender",
        "language": "en",
        "parties": [
            {
                "id": "s-1",
                "name": "ZF Industries",
                "roles": ["supplier"],
                "identifier": {"scheme": "CA-CRA_ACR", "id": f"{NUMBER}RC0001"},
                "address": {"locality": "North Bay", "region": "ON"},
            }
        ],
        "tender": {"id": "W0000-1", "procuringEntity": {"id": "p", "name": "Fictional Department"}},
        "awards": [
            {
                "id": f"W0000-{number}/001",
                "title": "Guns",
                "title_fr": "Canons",
                "status": "active",
                "date": "2026-05-01T00:00:00-05:00",
                "value": {"amount": 1000.5, "currency": "CAD"},
                "suppliers": [{"id": "s-1", "name": "ZF Industries"}],
                "items": [{"id": "1", "classification": {"scheme": "GSIN", "id": "N1005A"}}],
                "contractPeriod": {"endDate": "2027-05-01T00:00:00Z"},
                **(award or {}),
            }
        ],
        **other,
    }


@pytest.fixture
def load_releases(session, tmp_path, with_report):
    def run(*releases, importing=import_awards, name="package.json"):
        path = tmp_path / name
        path.write_text(json.dumps(package(*releases)), "utf-8")
        return with_report(importing, session, path, "ocds")

    return run


@pytest.fixture
def stored(session):
    def find():
        session.expire_all()
        return list(session.scalars(select(Contract).order_by(Contract.reference, Contract.id)))

    return find


def test_an_award_is_evidence_on_the_firm_with_its_identifier(
    load_releases, stored, add_firm, session
):
    add_firm("ZF Industries", "Sudbury")  # a namesake
    firm = add_firm("ZF Industries Ltd.")
    session.add(
        Identifier(
            firm_id=firm.id, source_id=firm.source_id, scheme="bn", value=NUMBER, well_formed=True
        )
    )
    session.commit()
    tally, report = load_releases(release())
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    (found,) = stored()
    assert (found.reference, found.class_code) == ("W0000-1/001", "1005")
    assert (found.value_cad, found.status) == (Decimal("1000.50"), "active")
    assert (found.awarded_on, found.delivery_on) == (dt.date(2026, 5, 1), dt.date(2027, 5, 1))
    assert (found.title_fr, found.buyer_en) == ("Canons", "Fictional Department")
    assert (found.vendor.firm_id, found.vendor.method) == (firm.id, "identifier")


def test_suppliers_contracts_and_what_is_refused(load_releases, stored, add_firm, read_report):
    add_firm("Zorvex Forge Ltd.")
    both = [{"name": "Zorvex Forge Limited"}, {"name": "Quux Marine Inc."}]
    contracts = [
        {"id": "C-1", "awardID": "W0000-2/001", "value": {"amount": 7, "currency": "USD"}},
        {"id": "C-2", "awardID": "W0000-2/001", "status": "cancelled"},
    ]
    tally, report = load_releases(
        release(1, {"suppliers": both}),
        release(2, contracts=contracts),
        release(3, {"suppliers": []}),
        release(4, {"status": "pending"}),
        release(5, {"value": {"amount": "much"}}),
        {"ocid": "ocds-xyz123-6", "id": "r", "date": "2026-01-01T00:00:00Z", "tag": ["tender"]},
    )
    assert (tally.new, report.refused, report.warned) == (5, 1, 1)
    told = [(row["Line"], row["Column"]) for row in read_report()]
    assert told == [
        ("3", "/releases/2/awards/0/suppliers/name"),
        ("5", "/releases/4/awards/0/value/amount"),
    ]
    found = {(one.reference, one.vendor.name): one for one in stored()}
    # What each of two suppliers has of the whole is not known.
    assert found["W0000-1/001", "Quux Marine Inc."].value_cad is None
    assert found["W0000-1/001", "Zorvex Forge Limited"].vendor.method == "name"
    assert (found["C-1", "ZF Industries"].value, found["C-1", "ZF Industries"].value_cad) == (
        7,
        None,
    )
    assert found["C-2", "ZF Industries"].status == "cancelled"


def test_the_newest_release_counts_and_the_same_file_changes_nothing(
    load_releases, stored, everything
):
    newer = release(
        award={"value": {"amount": 2000, "currency": "CAD"}}, id="r-2", date="2026-06-01T00:00:00Z"
    )
    load_releases(newer, release())
    assert [one.value_cad for one in stored()] == [Decimal(2000)]
    before = everything()
    tally, _report = load_releases(newer, release())
    assert (tally.written, everything()) == (0, before)
    tally, _report = load_releases(release(), name="older.json")
    assert tally.written == 0


def out(session):
    session.expire_all()
    releases = releases_with_awards(session, session.scalars(select(Tender)))
    moment = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    return json.loads("".join(write_package(releases, moment)))


@pytest.fixture
def with_tender(load_releases):
    tender = {"id": "W0000-1", "title": "Guns wanted", "status": "complete"}
    two = [{"id": "s-1", "name": "ZF Industries"}, {"name": "Quux Marine Inc."}]
    releases = (
        release(1, tag=["tender", "award"], tender=tender),
        release(2, {"suppliers": two}, tag=["tender", "award"], tender={**tender, "id": "W-2"}),
        release(3, tag=["tender"], tender={**tender, "id": "W-3"}, awards=[]),
    )
    load_releases(*releases, importing=import_tenders)
    load_releases(*releases)


def test_awards_go_out_beside_their_tender_and_come_in_as_they_were(
    with_tender, session, load_releases, stored
):
    content = out(session)
    awards = {one["ocid"][-1]: one.get("awards") for one in content["releases"]}
    assert awards["3"] is None and len(awards["2"][0]["suppliers"]) == 2
    assert awards["1"][0]["value"] == {"amount": 1000.5, "currency": "CAD"}
    assert content["releases"][0]["parties"][-1]["identifier"] == {"scheme": "CA-BN", "id": NUMBER}

    def told():
        return [
            (one.reference, one.vendor.key, one.value_cad, one.class_code, one.awarded_on)
            for one in stored()
        ]

    before = told()
    _tally, report = load_releases(*content["releases"], name="again.json")
    assert (told(), report.refused, report.warned) == (before, 0, 0)


@needs_schema
def test_awards_are_valid_by_the_published_schema(with_tender, session):
    assert faults_of(out(session)) == []
