"""Need to know: who may be granted it, for what, until when; and what it makes of an official."""

import datetime as dt

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from registry.accounts.models import User
from registry.audit.models import AuditEvent
from registry.capabilities.models import ProductionLine
from registry.capabilities.seen import seen_lines
from registry.db import today
from registry.demo.service import load_demo
from registry.errors import NotFound
from registry.firms.models import Membership
from registry.grants.models import Grant
from registry.grants.service import (
    WrongGrant,
    give_grant,
    list_grants,
    list_grants_of,
    list_people,
    revoke_grant,
    standing_of,
)
from registry.visibility.readers import Standing
from registry.visibility.table import Reader

TOMORROW = today() + dt.timedelta(days=1)


@pytest.fixture
def people(app, session):
    """Numbers of the demonstration's people by the first word of their address; no grants."""
    load_demo(session)
    session.execute(text("delete from grants"))
    session.commit()
    return {user.email.split("@")[0]: user.id for user in session.scalars(select(User))}


@pytest.fixture
def give(session, people):
    """Grant something to the official."""

    def given(kind="everything", until=TOMORROW, reason="Works on shells", **about):
        official = about.pop("official", people["official"])
        return give_grant(session, people["admin"], official, kind, until, reason, **about)

    return given


def test_a_grant_is_kept_and_leaves_its_trace(session, people, give):
    grant = give("category", category_code="AMM-01", firm_id=1)
    session.commit()
    assert (grant.category_code, grant.firm_id) == ("AMM-01", None)  # only what the kind asks for
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.actor_id, event.subject_id) == (
        "grant.give",
        people["admin"],
        grant.id,
    )
    assert event.why == "Works on shells"
    assert event.after == {
        "official_id": people["official"],
        "until": TOMORROW.isoformat(),
        "kind": "category",
        "category_code": "AMM-01",
        "firm_id": None,
    }


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("official", {"official": None}),
        ("official", {"official": 99_999}),
        ("kind", {"kind": ""}),
        ("kind", {"kind": "all"}),
        ("category", {"kind": "category"}),
        ("category", {"kind": "category", "category_code": "XXX-99"}),
        ("firm", {"kind": "firm"}),
        ("firm", {"kind": "firm", "firm_id": 99_999}),
        ("until", {"until": None}),
        ("until", {"until": today() - dt.timedelta(days=1)}),
        ("reason", {"reason": " \0 "}),
        ("reason", {"reason": "x" * 501}),
    ],
)
def test_what_cannot_be_granted_says_what_must_change(session, give, field, wrong):
    with pytest.raises(WrongGrant) as refused:
        give(**wrong)
    assert refused.value.field == field and refused.value.message
    session.commit()
    assert session.scalar(select(func.count(Grant.id))) == 0


@pytest.mark.parametrize("role", ["firm", "auditor", "admin"])
def test_only_an_official_can_need_it(people, give, role):
    with pytest.raises(WrongGrant):
        give(official=people[role])


def test_a_form_sent_twice_grants_once(session, give):
    give("firm", firm_id=1)
    with pytest.raises(WrongGrant):
        give("firm", firm_id=1)
    give("firm", firm_id=2)
    give("firm", firm_id=1, until=TOMORROW + dt.timedelta(days=9))  # longer: something new
    session.commit()
    assert session.scalar(select(func.count(Grant.id))) == 3


def test_the_database_refuses_a_scope_that_is_none(session, give):
    """So that nothing missing can come to mean everything."""
    grant = give("firm", firm_id=1)
    session.commit()
    for wrong in ({"firm_id": None}, {"kind": "everything"}, {"category_code": "AMM-01"}):
        with pytest.raises(IntegrityError):
            session.execute(Grant.__table__.update().values(**wrong))
        session.rollback()
    assert session.get(Grant, grant.id).firm_id == 1


def test_a_firm_that_goes_takes_its_grants_along(session, give):
    give("firm", firm_id=1)
    session.commit()
    session.execute(text("delete from firms where id = 1"))
    session.commit()
    assert session.scalar(select(func.count(Grant.id))) == 0


def test_revoking_ends_it_at_once_and_twice_is_once(session, people, give):
    grant = give()
    session.commit()
    for _turn in range(2):
        revoke_grant(session, people["admin"], grant.id)
        session.commit()
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions.count("grant.revoke") == 1
    assert standing_of(session, people["official"], Reader.OFFICIAL).scopes == ()
    assert list_grants(session) == ([], [grant]) and not list_grants_of(session, people["official"])
    with pytest.raises(NotFound):
        revoke_grant(session, people["admin"], 99_999)


def test_it_holds_to_the_end_of_its_last_day(session, people, give, monkeypatch):
    give(until=TOMORROW)
    session.commit()
    official = people["official"]
    for days, holds in ((0, True), (1, True), (2, False)):
        day = today() + dt.timedelta(days=days)
        monkeypatch.setattr("registry.grants.service.today", lambda day=day: day)
        reader = standing_of(session, official, Reader.OFFICIAL).to(1)
        assert reader is (Reader.NAMED_OFFICIAL if holds else Reader.OFFICIAL)
        assert bool(list_grants(session)[0]) == holds == (not list_grants(session)[1])


def test_standing(session, people, give):
    give("category", category_code="AMM-01")
    session.add(Membership(user_id=people["official"], firm_id=5))
    session.commit()
    official = standing_of(session, people["official"], Reader.OFFICIAL)
    assert official.to(1, "AMM-01") is Reader.NAMED_OFFICIAL
    assert official.to(1, "AIR-01") is Reader.OFFICIAL
    assert official.to(5, "AIR-01") is Reader.OWN_FIRM
    assert standing_of(session, people["fonctionnaire"], Reader.OFFICIAL).scopes == ()
    # Who is no official any more has no need to know any more.
    assert standing_of(session, people["official"], Reader.OTHER_FIRM).scopes == ()
    assert standing_of(session, None, Reader.VISITOR) == Standing(Reader.VISITOR)


def test_lines_are_read_as_far_as_each_may_be_seen(session, people, give):
    """One page may hold figures, bands and nothing at all."""
    lines = session.scalars(select(ProductionLine).order_by(ProductionLine.id)).all()
    first, second = lines[0], next(line for line in lines if line.firm_id != lines[0].firm_id)
    firms = [first.firm_id, second.firm_id]
    rates = (first.current_rate_per_month, first.rated_rate_per_month, first.surge_rate_per_month)
    give("firm", firm_id=first.firm_id)
    session.commit()
    session.expunge_all()
    official = standing_of(session, people["official"], Reader.OFFICIAL)
    seen = {entry.line.id: entry for entry in seen_lines(session, official, firms)}
    assert (seen[first.id].rates, seen[first.id].bands) == (rates, None)
    assert seen[second.id].rates is None and len(seen[second.id].bands) == 3
    session.expunge_all()
    for entry in seen_lines(session, Standing(Reader.VISITOR), firms):
        assert (entry.rates, entry.bands, entry.states_rate) == (None, None, None)
        assert entry.steps_in_words() == []


def test_people_of_a_role(session, people):
    assert [user.email.split("@")[0] for user in list_people(session, "official")] == [
        "fonctionnaire",
        "official",
    ]
    user = session.get(User, people["official"])
    user.active = False
    session.commit()
    assert len(list_people(session, "official")) == 1
