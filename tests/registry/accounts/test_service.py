"""Rules about accounts, on both databases."""

import pytest
from sqlalchemy import select

from registry.accounts import service
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, OFFICIAL
from registry.audit.models import AuditEvent
from registry.errors import RuleBroken
from registry.mail.models import Mail


@pytest.fixture
def make(app, session):
    """Makes accounts; the application's context hashes their passwords."""
    service.ensure_roles(session)

    def account(name, *roles):
        return service.make_user(session, f"{name}@firm.example", name.title(), None, roles, "en")

    return account


def roles_of(user):
    return {role.name for role in user.roles}


def test_an_address_is_found_however_it_is_written(session, make):
    made = make("ann")
    assert service.find_user(session, " ANN@Firm.Example ") is made
    assert service.ensure_user(session, "Ann@firm.example", "Other", "x" * 12, (), "fr") is made


def test_roles_change_with_a_reason_and_sessions_end(session, make):
    boss, user = make("boss", ADMINISTRATOR), make("ann", FIRM)
    before = user.fs_uniquifier
    service.set_roles(session, boss.id, user, {OFFICIAL}, " Office \0 one ", "Joined")
    assert roles_of(user) == {OFFICIAL} and user.office == "Office one"
    assert user.fs_uniquifier != before
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.actor_id, event.subject_id) == ("account.roles", boss.id, user.id)
    assert event.before == {"roles": [FIRM], "office": None}
    assert event.after == {"roles": [OFFICIAL], "office": "Office one"}
    assert event.why == "Joined"
    (notice,) = session.scalars(select(Mail))
    assert notice.recipient == user.email
    assert "Roles changed" in notice.text and "Joined" not in notice.text


@pytest.mark.parametrize("reason", ["", "  ", "\0", "x" * 501])
def test_nothing_changes_without_a_reason(session, make, reason):
    boss, user = make("boss", ADMINISTRATOR), make("ann", FIRM)
    for change in (service.suspend, service.restore, service.reset_factors):
        with pytest.raises(RuleBroken):
            change(session, boss.id, user, reason)
    with pytest.raises(RuleBroken):
        service.set_roles(session, boss.id, user, {AUDITOR}, None, reason)
    assert roles_of(user) == {FIRM} and user.active
    assert session.scalars(select(AuditEvent).where(AuditEvent.subject == "user")).all() == []


def test_an_unknown_role_is_refused(session, make):
    boss = make("boss", ADMINISTRATOR)
    with pytest.raises(RuleBroken):
        service.set_roles(session, boss.id, make("ann"), {"emperor"}, None, "Why not")


def test_an_administrator_always_stays(session, make):
    boss, deputy = make("boss", ADMINISTRATOR), make("deputy", ADMINISTRATOR)
    service.suspend(session, boss.id, deputy, "Away")
    with pytest.raises(service.LastAdministrator):  # one who is suspended does not count
        service.set_roles(session, boss.id, boss, {AUDITOR}, None, "Tired")
    service.restore(session, boss.id, deputy, "Back")
    service.set_roles(session, boss.id, boss, {AUDITOR}, None, "Tired")
    with pytest.raises(service.LastAdministrator):
        service.suspend(session, boss.id, deputy, "Away")


def test_people_are_found_by_every_word_and_by_role(session, make):
    make("ann", OFFICIAL), make("bob", OFFICIAL, AUDITOR), make("cas_y", FIRM)
    found, count = service.list_people(session, "firm.example ANN", None, 1)
    assert [user.name for user in found] == ["Ann"] and count == 1
    assert service.list_people(session, "", AUDITOR, 1)[1] == 1
    assert service.list_people(session, "s_y", None, 1)[1] == 1
    assert service.list_people(session, "n_n", None, 1)[1] == 0  # a sign, not a pattern
    assert service.list_people(session, "%", None, 1)[1] == 0


def test_a_role_of_the_state_asks_for_a_second_factor(session, make):
    assert not make("ann", FIRM).needs_second_factor
    for role in (OFFICIAL, AUDITOR, ADMINISTRATOR):
        user = make(role, FIRM, role)
        assert user.needs_second_factor and not user.has_second_factor
        assert user.check_tf_required([], False)[0]
