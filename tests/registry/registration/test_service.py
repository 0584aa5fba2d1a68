"""The life of a record on either database."""

import datetime as dt

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.audit.models import AuditEvent
from registry.capabilities.models import ProductionLine
from registry.db import today
from registry.errors import Conflict, NotFound, RuleBroken
from registry.firms.models import (
    Certificate,
    Firm,
    FirmChange,
    FirmName,
    Identifier,
    Membership,
    Ownership,
    Site,
)
from registry.firms.service import acts_for
from registry.registration import claims, service
from registry.registration.models import Revision, State
from registry.registration.record import read_record
from registry.registration.sections import SECTIONS


def published(session: Session, revision: Revision, by: int) -> Firm:
    service.submit(session, revision.begun_by, revision)
    return service.publish(session, by, revision)


def test_a_new_firm_is_published_as_it_was_stated(session, draft, ada, admin):
    stated = draft.content
    firm = published(session, draft, admin.id)
    session.commit()
    session.expire_all()
    assert (firm.name, firm.source.code, firm.as_of) == (
        "Fictional Castings Inc.",
        "firm",
        today(),
    )
    (site,) = firm.sites
    (line,) = session.scalars(select(ProductionLine))
    assert (site.city, site.latitude) == ("Moncton", 46.09)
    assert (line.current_rate_per_month, line.site_id, line.source_id) == (
        1000,
        site.id,
        firm.source_id,
    )
    assert line.inputs[0].lead_time_weeks == 8
    assert firm.ownership.canadian_control and firm.export_controls.itar is False
    assert [(row.scheme, row.value) for row in firm.identifiers] == [("bn", "123456782")]
    assert acts_for(session, ada.id, firm.id)  # who began it owns it
    assert session.scalars(select(FirmChange.firm_id)).all()[-1] == firm.id
    # The document that is kept says the same, with the numbers of rows for keys.
    assert draft.content == read_record(session, firm)
    for name in ("identity", "ownership", "exports", "classes"):
        assert draft.content[name] == stated[name]
    assert draft.content["lines"][0]["current_rate"] == "12000"


def test_the_published_version_stays_while_its_successor_is_a_draft(
    session, draft, ada, admin, save
):
    firm = published(session, draft, admin.id)
    second = service.begin_revision(session, ada.id, firm.id)
    assert (second.number, second.base_id, second.content) == (2, draft.id, draft.content)
    save(second, ada, "identity", employees=120)
    assert firm.employees is None and service.published_revision(session, firm.id) is draft
    published(session, second, admin.id)
    assert firm.employees == 120
    assert [each.number for each in service.list_versions(session, firm.id)] == [2, 1]
    assert (draft.state, second.state) == (State.SUPERSEDED, State.PUBLISHED)
    assert draft.content["identity"]["employees"] is None  # every version can be read for ever


def test_publishing_changes_only_what_the_firm_changed(session, firm, ada, admin, member_of, save):
    """A feed goes on telling of a firm while its record is a draft."""
    member_of(ada, firm)
    revision = service.begin_revision(session, ada.id, firm.id)
    save(revision, ada, "identity", website="https://forge.example")
    session.add(Site(firm_id=firm.id, kind="office", source_id=firm.source_id, as_of=None))
    session.flush()
    published(session, revision, admin.id)
    session.expire_all()
    assert len(firm.sites) == 2  # the new one came in later and was never on the draft
    (name,) = firm.names
    assert (name.name, name.language, name.source_id) == (
        "Fictional Forge Ltd.",
        None,
        firm.source_id,
    )


def test_two_names_that_become_one_and_two_again(session, firm, ada, admin, member_of, save):
    member_of(ada, firm)
    for english, french in (("Forge", "Forge"), ("Forge", "La Forge"), (None, "La Forge")):
        revision = service.begin_revision(session, ada.id, firm.id)
        save(revision, ada, "identity", legal_name_en=english, legal_name_fr=french)
        published(session, revision, admin.id)
        found = read_record(session, firm)["identity"]
        assert (found["legal_name_en"], found["legal_name_fr"]) == (english, french)
    assert len(session.scalars(select(FirmName)).all()) == 1


def test_a_verified_identifier_stays_verified_until_it_changes(
    session, firm, ada, admin, member_of, save
):
    member_of(ada, firm)
    (identifier,) = firm.identifiers
    identifier.verified_on, identifier.verified_by = dt.date(2026, 1, 1), "NSPA"
    for value, verified in (("L1A2B", True), ("L9Z9Z", False)):
        revision = service.begin_revision(session, ada.id, firm.id)
        save(revision, ada, "identity", ncage=value, employees=len(value) + verified)
        published(session, revision, admin.id)
        (found,) = session.scalars(select(Identifier))
        assert (found.value, found.verified_on is not None) == (value, verified)


def test_evidence_falls_back_to_declared_when_what_it_vouched_for_changes(
    session, draft, ada, admin, save
):
    firm = published(session, draft, admin.id)
    (certificate,) = session.scalars(select(Certificate))
    certificate.evidence = "documented"
    session.flush()
    for fields, level in (
        ({"scope_en": "Castings"}, "documented"),
        ({"expires_on": "2029-01-01"}, "declared"),
    ):
        revision = service.begin_revision(session, ada.id, firm.id)
        save(revision, ada, "certificates", str(certificate.id), **fields)
        published(session, revision, admin.id)
        session.refresh(certificate)
        assert certificate.evidence == level


def test_an_identifier_of_another_firm_stops_publishing_and_saving_never(
    session, firm, draft, ada, admin, save
):
    save(draft, ada, "identity", ncage="L1A2B")
    service.submit(session, ada.id, draft)
    session.commit()
    with pytest.raises(Conflict, match="L1A2B"):
        service.publish(session, admin.id, draft)
    session.rollback()
    assert session.scalars(select(Firm)).all() == [firm]
    service.return_revision(session, admin.id, draft, "Claim the firm instead.")
    assert (draft.state, draft.editable, draft.reasons) == (
        State.RETURNED,
        True,
        "Claim the firm instead.",
    )


def test_a_malformed_identifier_is_kept_as_it_was_written(session, draft, ada, admin, save):
    save(draft, ada, "identity", business_number="123456789")
    firm = published(session, draft, admin.id)
    (identifier,) = firm.identifiers
    assert (identifier.value, identifier.well_formed) == ("123456789", False)


# Who may, and when


def test_a_record_of_someone_else_is_not_there(session, draft, firm, bo, ada, member_of):
    with pytest.raises(NotFound):
        service.get_revision(session, draft.id, bo.id)
    with pytest.raises(NotFound):
        service.begin_revision(session, bo.id, firm.id)
    member_of(ada, firm)
    member_of(bo, firm)
    shared = service.begin_revision(session, ada.id, firm.id)
    assert service.get_revision(session, shared.id, bo.id) is shared
    assert service.begin_revision(session, bo.id, firm.id) is shared  # one open record of a firm


def test_the_database_keeps_one_open_revision_of_a_firm(session, firm, ada, member_of):
    member_of(ada, firm)
    service.begin_revision(session, ada.id, firm.id)
    other = Revision(
        firm_id=firm.id, number=9, state="submitted", content={}, began_with={},
        begun_by=ada.id, edited_by=ada.id,
    )  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(other)
        session.flush()
    other.state = State.WITHDRAWN
    session.add(other)
    session.flush()


def test_beginning_twice_with_one_name_finds_the_first(session, ada):
    first = service.begin_new(session, ada.id, "  Fictional   Tools ")
    assert service.begin_new(session, ada.id, "fictional tools") is first
    for blank in ("", " \0 ", "x" * 301):
        with pytest.raises(RuleBroken):
            service.begin_new(session, ada.id, blank)


def test_each_step_of_its_life(session, draft, ada, admin, save):
    with pytest.raises(Conflict):
        service.publish(session, admin.id, draft)
    service.submit(session, ada.id, draft)
    service.submit(session, ada.id, draft)  # sent twice
    with pytest.raises(Conflict):
        save(draft, ada, "identity", employees=3)
    service.take_back(session, ada.id, draft)
    save(draft, ada, "identity", employees=3)
    service.submit(session, ada.id, draft)
    with pytest.raises(RuleBroken):
        service.return_revision(session, admin.id, draft, " ")
    service.publish(session, admin.id, draft)
    for step in (service.take_back, service.give_up):
        with pytest.raises(Conflict):
            step(session, ada.id, draft)
    with pytest.raises(Conflict):
        service.publish(session, admin.id, draft)
    events = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.action.like("revision.%"), AuditEvent.action != "revision.save")
        .order_by(AuditEvent.id)
    ).all()
    assert [event.split(".")[1] for event in events] == [
        "begin", "submit", "take_back", "submit", "publish",
    ]  # fmt: skip


def test_the_trail_says_what_a_save_changed(session, draft, ada, save):
    save(draft, ada, "identity", employees=7)
    event = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == "revision.save")
        .order_by(AuditEvent.id.desc())
    ).first()
    assert event.detail["changes"] == [
        {"section": "identity", "kind": "changed", "key": None, "fields": {"employees": [None, 7]}}
    ]


def test_a_record_without_a_name_is_not_handed_in(session, draft, ada, save):
    save(draft, ada, "identity", legal_name_en=None)
    with pytest.raises(RuleBroken):
        service.submit(session, ada.id, draft)


def test_what_is_not_a_class_is_not_declared(session, draft, ada):
    for code in ("0000", "", "132", "x" * 500, "13\x0020"):
        with pytest.raises(RuleBroken):
            service.add_class(session, ada.id, draft, code)
    assert draft.content["classes"] == ["1320"]
    service.remove_class(session, ada.id, draft, "1320")
    service.remove_class(session, ada.id, draft, "1320")
    assert draft.content["classes"] == []


# Two people at once


def test_two_people_in_different_fields_lose_nothing(session, draft, ada, bo):
    section = SECTIONS["identity"]
    was = service.piece_of(draft, section, None)
    args = (draft, section, None, was)
    service.save_piece(session, ada.id, *args, {**was, "employees": 10})
    saved = service.save_piece(session, bo.id, *args, {**was, "website": "https://b.example"})
    assert (saved.clashes, saved.by_others) == ([], ["employees"])
    both = draft.content["identity"]
    assert (both["employees"], both["website"]) == (10, "https://b.example")


def test_two_people_in_one_field_are_both_shown(session, draft, ada, bo):
    section = SECTIONS["identity"]
    was = service.piece_of(draft, section, None)
    args = (draft, section, None, was)
    service.save_piece(session, ada.id, *args, {**was, "employees": 10})
    saved = service.save_piece(session, bo.id, *args, {**was, "employees": 20, "ncage": "L1"})
    (clash,) = saved.clashes
    assert (clash.name, clash.mine, clash.theirs) == ("employees", 20, 10)
    assert draft.content["identity"]["employees"] == 10  # nothing was stored
    again = service.save_piece(
        session, bo.id, draft, section, None, saved.theirs, {**saved.piece, "employees": 20}
    )
    assert not again.clashes
    both = draft.content["identity"]
    assert (both["employees"], both["ncage"]) == (20, "L1")


def test_the_second_of_two_transactions_is_told(engine, session, draft, ada, bo):
    """Both have read the same edit; the database lets one of them win."""
    session.commit()
    with Session(engine, expire_on_commit=False) as other:
        theirs = other.get(Revision, draft.id)
        section = SECTIONS["identity"]
        was = service.piece_of(theirs, section, None)
        other.rollback()  # as a request would have ended that read it
        theirs = other.get(Revision, draft.id)
        assert theirs.edit == draft.edit
        service.save_piece(session, ada.id, draft, section, None, was, {**was, "employees": 10})
        session.commit()
        saved = service.save_piece(
            other, bo.id, theirs, section, None, was, {**was, "employees": 20}
        )
        assert [clash.name for clash in saved.clashes] == ["employees"]


def test_an_entry_that_a_colleague_removed_comes_back_when_it_is_saved(session, draft, ada, bo):
    section = SECTIONS["sites"]
    was = service.piece_of(draft, section, "n1")
    service.remove_item(session, bo.id, draft, section, "n1")
    service.remove_item(session, bo.id, draft, section, "n1")  # twice changes nothing
    mine = {name: value for name, value in was.items() if name != "key"} | {"city": "Dieppe"}
    assert not service.save_piece(session, ada.id, draft, section, "n1", was, mine).clashes
    assert [site["city"] for site in draft.content["sites"]] == ["Dieppe"]


def test_a_list_has_an_end(session, draft, ada, save):
    for number in range(SECTIONS["contacts"].most - 1):
        save(draft, ada, "contacts", f"m{number}", name="Someone")
    with pytest.raises(RuleBroken):
        save(draft, ada, "contacts", "one-more", name="Someone")


# Claims


def test_an_approved_claim_makes_an_owner(session, firm, bo, admin):
    claim = claims.make_claim(session, bo.id, firm.id, "I answer its telephone.")
    assert claims.make_claim(session, bo.id, firm.id, "I run its office.") is claim
    claims.approve_claim(session, admin.id, claim)
    (membership,) = session.scalars(select(Membership))
    assert (membership.user_id, membership.role) == (bo.id, "owner")
    with pytest.raises(Conflict):
        claims.approve_claim(session, admin.id, claim)
    with pytest.raises(Conflict):
        claims.make_claim(session, bo.id, firm.id, "Again.")


def test_a_refused_claim_says_why_and_may_be_made_again(session, firm, bo, admin):
    claim = claims.make_claim(session, bo.id, firm.id, "Trust me.")
    with pytest.raises(RuleBroken):
        claims.refuse_claim(session, admin.id, claim, "")
    claims.refuse_claim(session, admin.id, claim, "No one there knows you.")
    assert not acts_for(session, bo.id, firm.id)
    assert claims.make_claim(session, bo.id, firm.id, "Ask the new manager.") is not claim
    session.execute(update(Firm).values(listed="suspended"))
    with pytest.raises(NotFound):
        claims.make_claim(session, bo.id, firm.id, "And now?")


@pytest.mark.parametrize(
    "change",
    [
        "update revisions set state = 'returned', reasons = null",
        "update revisions set state = 'published'",
        "update firms set listed = 'merged'",
        "update ownerships set canadian_content_percent = 101",
    ],
)
def test_the_database_refuses_what_the_rules_do(session, firm, ada, change):
    service.begin_new(session, ada.id, "Fictional Tools")
    session.add(Ownership(firm_id=firm.id, source_id=firm.source_id, canadian_content_percent=1))
    session.flush()
    with pytest.raises(IntegrityError):
        session.execute(text(change))
