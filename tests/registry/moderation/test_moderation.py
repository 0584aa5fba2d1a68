"""What an administrator decides about a firm."""

import datetime as dt

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.db import today
from registry.errors import Conflict, NotFound, RuleBroken
from registry.feeds.models import Source
from registry.firms.models import Certificate, Firm, FirmChange, Identifier, Listing
from registry.moderation import service


@pytest.fixture
def firm(session):
    source = Source(code="feed", title_en="A feed", title_fr="Un flux", as_of=None)
    session.add(source)
    session.flush()
    fact = {"source_id": source.id, "as_of": dt.date(2026, 1, 1)}
    firm = Firm(name="Fictional Forge Ltd.", **fact)
    firm.identifiers = [Identifier(scheme="ncage", value="L1A2B", well_formed=True, **fact)]
    firm.certificates = [Certificate(scheme="ISO 9001", **fact)]
    session.add(firm)
    session.flush()
    return firm


def last_event(session):
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()


def test_suspending_and_listing_again_say_why(session, firm):
    with pytest.raises(RuleBroken):
        service.set_listing(session, 1, firm, Listing.SUSPENDED, " ")
    for listing in (Listing.SUSPENDED, Listing.LISTED, Listing.WITHDRAWN):
        before = firm.listed
        service.set_listing(session, 1, firm, listing, "Because.")
        event = last_event(session)
        assert firm.listed == listing
        assert (event.before, event.after) == ({"listed": before}, {"listed": listing})
        assert event.why == "Because."
    assert len(session.scalars(select(FirmChange)).all()) == 3  # the index is told each time
    with pytest.raises(Conflict):
        service.set_listing(session, 1, firm, Listing.MERGED, "Because.")


def test_a_level_of_evidence_has_a_date_and_a_note(session, firm):
    (certificate,) = firm.certificates
    args = (session, 1, "certificate", certificate.id)
    for level, note, day in (
        ("proven", "Seen.", today()),
        ("documented", "", today()),
        ("documented", "x" * 2001, today()),
        ("documented", "Seen.", today() + dt.timedelta(days=1)),
    ):
        with pytest.raises(RuleBroken):
            service.assess(*args, level, note, day)
    assert service.assess(*args, "documented", "Certificate read.", today()) == firm.id
    assert service.assess(*args, "site-verified", "Visited.", today()) == firm.id
    assert certificate.evidence == "site-verified"
    (judged,) = service.list_assessments(session, firm).values()
    assert [each.level for each in judged] == ["site-verified", "documented"]
    assert last_event(session).before == {"evidence": "documented"}
    with pytest.raises(NotFound):
        service.assess(session, 1, "line", 1, "documented", "Seen.", today())


def test_a_check_that_reached_nothing_does_not_undo_one_that_did(session, firm):
    (identifier,) = firm.identifiers
    check = (session, 1, identifier.id)
    with pytest.raises(RuleBroken):
        service.check_identifier(*check, "verified", "", "telephone")
    with pytest.raises(RuleBroken):
        service.check_identifier(*check, "perhaps", "NSPA", "telephone")
    service.check_identifier(*check, "unreachable", "NSPA", "web service")
    assert (identifier.verified_on, identifier.tried_on) == (None, today())
    service.check_identifier(*check, "verified", "NSPA", "web service")
    assert (identifier.verified_on, identifier.tried_on) == (today(), None)
    service.check_identifier(*check, "unreachable", "NSPA", "web service")
    assert (identifier.verified_by, identifier.tried_on) == ("NSPA", today())
