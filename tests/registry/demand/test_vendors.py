"""Which firm a vendor is: sure, unsure, unknown, or decided by a person."""

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.demand.links import Link, Linker
from registry.demand.service import (
    contract_counts,
    count_links,
    count_unsure_vendors,
    decide_vendor,
    list_unsure_vendors,
)
from registry.errors import NotFound
from registry.firms.models import FirmChange, Identifier


def changes(session):
    return session.scalars(select(FirmChange.firm_id).order_by(FirmChange.seq)).all()


def test_a_name_that_is_sure_is_linked(load, session, row, add_firm, vendor_called):
    firm = add_firm("Zorvex Forge Limited")
    load(row(1), row(2))
    vendor = vendor_called("Zorvex Forge Ltd.")
    assert (vendor.link, vendor.firm_id, vendor.method) == ("linked", firm.id, "name")
    assert 0.9 < vendor.confidence <= 1 and vendor.candidates == []
    assert changes(session) == [firm.id]


def test_namesakes_wait_for_a_person(load, session, row, add_firm, vendor_called):
    firms = {add_firm("Zorvex Forge", city).id for city in ("North Bay", "Sudbury")}
    load(row(1))
    vendor = vendor_called("Zorvex Forge Ltd.")
    assert (vendor.link, vendor.firm_id) == ("unsure", None)
    assert {candidate["firm_id"] for candidate in vendor.candidates} == firms
    assert vendor.candidates[0].keys() == {
        "firm_id",
        "name",
        "place",
        "score",
        "reasons_en",
        "reasons_fr",
    }
    assert {candidate["place"] for candidate in vendor.candidates} == {
        "North Bay, ON",
        "Sudbury, ON",
    }
    assert changes(session) == []


def test_at_most_five_candidates(load, row, add_firm, vendor_called):
    for number in range(8):
        add_firm("Zorvex Forge", f"Town {number}")
    load(row(1))
    assert len(vendor_called("Zorvex Forge Ltd.").candidates) == 5


def test_a_stranger_has_no_firm(load, row, add_firm, vendor_called):
    add_firm("Zorvex Forge")
    load(row(1, vendor="Quillmark Optics Inc."))
    vendor = vendor_called("Quillmark Optics Inc.")
    assert (vendor.link, vendor.firm_id, vendor.method, vendor.confidence) == (
        "none",
        None,
        None,
        None,
    )


def test_an_identifier_is_stronger_than_a_name(session, add_firm):
    add_firm("Zorvex Forge")
    firm = add_firm("Zorvex Foundry")
    code = {"scheme": "ncage", "value": "L0A1B", "well_formed": True}
    session.add(Identifier(firm_id=firm.id, source_id=firm.source_id, **code))
    session.flush()
    link = Linker(session).link("Zorvex Forge", (("ncage", "L0A1B"),))
    assert link == Link("linked", firm.id, "identifier", 1.0)


def test_new_firms_are_found_by_reading_the_contracts_again(
    load, session, row, add_firm, vendor_called
):
    load(row(1))
    firm = add_firm("Zorvex Forge")
    session.add(FirmChange(firm_id=firm.id))
    session.commit()
    load(row(1))
    assert vendor_called("Zorvex Forge Ltd.").firm_id == firm.id


def test_a_person_decides_and_no_import_overrules(load, session, row, add_firm, vendor_called):
    one, other = (add_firm("Zorvex Forge", city) for city in ("North Bay", "Sudbury"))
    load(row(1))
    vendor = vendor_called("Zorvex Forge Ltd.")
    decide_vendor(session, 7, vendor.id, other.id)
    session.commit()
    assert (vendor.link, vendor.firm_id, vendor.method) == ("linked", other.id, "person")
    assert vendor.decided_by == 7 and vendor.decided_at is not None
    assert changes(session) == [other.id]
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "vendor.decide")).one()
    assert (event.actor_id, event.subject_id) == (7, vendor.id)
    assert (event.before["link"], event.after["link"]) == ("unsure", "linked")
    assert event.after["firm_id"] == other.id

    decide_vendor(session, 7, vendor.id, None)
    session.add(FirmChange(firm_id=one.id))
    session.commit()
    assert changes(session) == [other.id, other.id, one.id]
    load(row(1), row(2))
    vendor = vendor_called("Zorvex Forge Ltd.")
    assert (vendor.link, vendor.firm_id, vendor.method) == ("none", None, "person")


def test_a_decision_needs_a_vendor_and_a_firm(load, session, row, vendor_called):
    load(row(1))
    with pytest.raises(NotFound):
        decide_vendor(session, 1, 999_999, None)
    with pytest.raises(NotFound):
        decide_vendor(session, 1, vendor_called("Zorvex Forge Ltd.").id, 999_999)


def test_the_queue_begins_with_the_most_contracts(load, session, row, add_firm):
    for name in ("Zorvex Forge", "Zorvex Forge", "Quillmark Optics", "Quillmark Optics"):
        add_firm(name)
    load(row(1), row(2, vendor="Quillmark Optics"), row(3, vendor="Quillmark Optics"))
    queue = list_unsure_vendors(session)
    assert [vendor.name for vendor in queue] == ["Quillmark Optics", "Zorvex Forge Ltd."]
    counts = contract_counts(session, [vendor.id for vendor in queue])
    assert list(counts.values()) == [2, 1]
    assert count_unsure_vendors(session) == 2
    assert count_links(session) == {"linked": 0, "unsure": 2, "none": 0}
    assert session.scalar(select(func.count(FirmChange.seq))) == 0
