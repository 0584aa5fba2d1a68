"""Rules about a firm's members, on both databases."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from registry.accounts.models import FIRM, OFFICIAL
from registry.accounts.service import ensure_roles, make_user
from registry.audit.models import AuditEvent
from registry.db import utcnow
from registry.errors import Conflict, NotAllowed, NotFound, RuleBroken
from registry.feeds.models import Source
from registry.firms.models import Firm, Membership
from registry.members import service


@pytest.fixture
def firm(session):
    source = Source(code="t", title_en="T", title_fr="T")
    session.add(source)
    session.flush()
    firm = Firm(name="Firm (fictional)", source_id=source.id)
    session.add(firm)
    session.flush()
    return firm


@pytest.fixture
def make(app, session, firm):
    ensure_roles(session)

    def account(name, member=None, role=FIRM):
        user = make_user(session, f"{name}@firm.example", name.title(), None, (role,), "en")
        if member:
            session.add(Membership(user_id=user.id, firm_id=firm.id, role=member))
            session.flush()
        return user

    return account


def test_an_invitation_makes_a_member_once(session, firm, make):
    owner, guest = make("owner", "owner"), make("guest")
    made, token = service.invite(session, owner.id, firm.id, " Guest@firm.example", "editor")
    assert token not in made.digest
    invitation = service.get_invitation(session, token)
    assert service.accept(session, guest, invitation).role == "editor"
    with pytest.raises(service.InvitationOver):
        service.get_invitation(session, token)
    log = select(AuditEvent).where(AuditEvent.subject == "firm").order_by(AuditEvent.id)
    assert [(e.action, e.subject_id, e.actor_id) for e in session.scalars(log)] == [
        ("member.invite", firm.id, owner.id),
        ("member.join", firm.id, guest.id),
    ]


def test_a_second_invitation_replaces_the_first(session, firm, make):
    owner = make("owner", "owner")
    _first, old = service.invite(session, owner.id, firm.id, "guest@firm.example", "owner")
    _second, new = service.invite(session, owner.id, firm.id, "guest@firm.example", "editor")
    with pytest.raises(service.InvitationOver):
        service.get_invitation(session, old)
    assert service.get_invitation(session, new).role == "editor"
    assert len(service.list_invitations(session, firm.id)) == 1


def test_an_invitation_expires_and_can_be_withdrawn(session, firm, make):
    owner = make("owner", "owner")
    made, token = service.invite(session, owner.id, firm.id, "guest@firm.example", "editor")
    made.expires_at = utcnow() - dt.timedelta(seconds=1)
    session.flush()
    with pytest.raises(service.InvitationOver):
        service.get_invitation(session, token)
    assert service.list_invitations(session, firm.id) == []
    made, token = service.invite(session, owner.id, firm.id, "guest@firm.example", "editor")
    with pytest.raises(NotFound):
        service.withdraw(session, owner.id, firm.id + 1, made.id)
    service.withdraw(session, owner.id, firm.id, made.id)
    with pytest.raises(service.InvitationOver):
        service.get_invitation(session, token)


def test_whom_an_invitation_is_not_for(session, firm, make):
    owner = make("owner", "owner")
    made, _token = service.invite(session, owner.id, firm.id, "guest@firm.example", "editor")
    with pytest.raises(NotAllowed):
        service.accept(session, make("other"), made)
    with pytest.raises(NotAllowed):
        service.accept(session, make("guest", role=OFFICIAL), made)
    with pytest.raises(Conflict):
        service.invite(session, owner.id, firm.id, "OWNER@firm.example", "editor")


@pytest.mark.parametrize("email", ["", "nobody", "a" * 300 + "@firm.example", "nul\0@firm.example"])
def test_what_is_no_address_is_not_invited(session, firm, make, email):
    with pytest.raises(RuleBroken):
        service.invite(session, make("owner", "owner").id, firm.id, email, "editor")


def test_the_last_owner_stays(session, firm, make):
    owner, editor = make("owner", "owner"), make("editor", "editor")
    for leave in (
        lambda: service.remove(session, owner.id, firm.id, owner.id),
        lambda: service.change_role(session, owner.id, firm.id, owner.id, "editor"),
    ):
        with pytest.raises(service.LastOwner):
            leave()
    service.change_role(session, owner.id, firm.id, editor.id, "owner")
    service.remove(session, owner.id, firm.id, owner.id)
    assert [m.user.id for m in service.list_members(session, firm.id)] == [editor.id]
    with pytest.raises(NotFound):
        service.remove(session, editor.id, firm.id, owner.id)


def test_a_suspended_owner_does_not_count(session, firm, make):
    owner, other = make("owner", "owner"), make("other", "owner")
    other.active = False
    session.flush()
    with pytest.raises(service.LastOwner):
        service.remove(session, owner.id, firm.id, owner.id)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["owner", "editor", "remove"])), max_size=12
    )
)
def test_a_firm_that_had_an_owner_always_has_one(session, firm, make, steps):
    with session.begin_nested() as savepoint:
        people = [make(f"p{n}", "owner" if n == 0 else "editor") for n in range(4)]
        for place, step in steps:
            person = people[place]
            try:
                if step == "remove":
                    service.remove(session, people[0].id, firm.id, person.id)
                else:
                    service.change_role(session, people[0].id, firm.id, person.id, step)
            except (service.LastOwner, NotFound):
                pass
            roles = [member.membership.role for member in service.list_members(session, firm.id)]
            assert "owner" in roles
        savepoint.rollback()
