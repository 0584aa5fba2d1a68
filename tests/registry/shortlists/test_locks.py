"""Locking, unlocking, the outcome, and what it says to benchmarks."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context

import pytest
from sqlalchemy.orm import Session

from matching import PROFILE
from registry.accounts.models import OFFICIAL, Role, User
from registry.db import today
from registry.errors import Conflict, RuleBroken
from registry.matches.evidence import replayed
from registry.shortlists import locks, panel
from registry.shortlists.access import Locked, share
from registry.shortlists.service import (
    add_firm,
    create_shortlist,
    get_item,
    get_shortlist,
    judge_item,
)

pytestmark = pytest.mark.usefixtures("app", "few_classes")


@pytest.fixture
def listed(session, owner, make_firm):
    """A list of two makers of shells and a bakery, for words."""
    made = create_shortlist(session, owner.id, "Shells", {"text": "artillery shell bodies"})
    for name, offer in (
        ("Forge", "Artillery shells"),
        ("Press", "Shell bodies"),
        ("Oven", "Bread"),
    ):
        add_firm(session, owner.id, made, make_firm(name, offer).id, None, "v0")
    judge_item(session, owner.id, made.items[0], "shortlisted", tags="East")
    judge_item(session, owner.id, made.items[2], "rejected", "unsuitable", "Bakes.")
    session.commit()
    return made


@pytest.fixture
def locked(session, owner, listed):
    made = locks.lock(session, owner, listed)
    session.commit()
    return made


def test_a_lock_freezes_what_the_decision_rested_on(session, owner, listed, locked, trail):
    document = locked.document
    assert (document["shortlist"]["revision"], document["shortlist"]["locked_by"]["email"]) == (
        1, owner.email,
    )  # fmt: skip
    assert document["profile"]["weights"] == PROFILE.weights
    assert document["index"]["engine"] == document["engine"] and document["index"]["name"]
    assert document["need"]["facts"]["title_en"] or document["need"]["reference"]
    forge, press, oven = document["firms"]
    assert [one["match"]["rank"] for one in (oven,)] == [3]
    assert {forge["match"]["rank"], press["match"]["rank"]} == {1, 2}
    assert forge["facts"]["offers"][0]["name"] == "Artillery shells"
    assert (forge["decision"]["tags"], oven["decision"]["reject_text"]) == (["East"], "Bakes.")
    assert trail()[-1] == ("shortlist.lock", {"number": 1, "sha256": locked.sha256})
    assert locks.is_untouched(locked)


def test_the_scores_come_out_of_the_frozen_inputs_again(locked):
    again = replayed(locked.document)
    for firm in locked.document["firms"]:
        made, was = again[firm["firm_id"]], firm["match"]
        assert (made["rank"], made["score"], made["gates"]) == (
            was["rank"], was["score"], was["gates"],
        )  # fmt: skip
        assert made["score"] == pytest.approx(sum(made["points"].values()))


def test_of_two_who_lock_at_once_the_second_is_refused(engine, session, owner, listed, trail):
    with Session(engine, expire_on_commit=False) as other:
        theirs, person = get_shortlist(other, listed.id, owner.id), other.get_one(User, owner.id)
        other.commit()  # what it read stays as it was read: the list was open
        locks.lock(session, owner, listed)
        session.commit()
        assert not theirs.locked
        with pytest.raises(Conflict, match="already locked"):
            locks.lock(other, person, theirs)
        other.rollback()
    session.refresh(listed)
    assert (listed.revision, len(listed.revisions)) == (1, 1)
    assert [action for action, _said in trail()].count("shortlist.lock") == 1


def test_a_lock_waits_for_one_that_is_under_way(engine, session, owner, listed):
    """It is neither an error of the database nor a second revision."""
    with Session(engine, expire_on_commit=False) as other, ThreadPoolExecutor(1) as beside:
        theirs, person = get_shortlist(other, listed.id, owner.id), other.get_one(User, owner.id)
        assert theirs.items and not theirs.panel and person.office is None
        other.commit()
        locks.lock(session, owner, listed)
        asked = beside.submit(copy_context().run, locks.lock, other, person, theirs)
        assert wait([asked], timeout=0.3).not_done
        session.commit()
        assert isinstance(asked.exception(timeout=20), Conflict)


def test_a_locked_list_is_read_only(session, owner, listed, locked, make_firm):
    item = listed.items[0]
    for change in (
        lambda: get_item(session, item.id, owner.id),
        lambda: add_firm(session, owner.id, listed, make_firm("Late").id, None, "v"),
        lambda: locks.lock(session, owner, listed),
        lambda: panel.set_criteria(session, owner.id, listed, "Price"),
        lambda: panel.add_member(session, owner.id, listed, owner.email),
    ):
        with pytest.raises(Locked):
            change()


def test_unlocking_keeps_the_old_revision(session, owner, listed, locked):
    before = locked.sha256
    locks.unlock(session, owner.id, listed)
    judge_item(session, owner.id, listed.items[1], "reserve")
    second = locks.lock(session, owner, listed)
    session.commit()
    session.expire_all()
    first = locks.get_revision(listed, 1)
    assert (first.sha256, locks.is_untouched(first), second.number) == (before, True, 2)
    assert [r.document["firms"][1]["decision"]["status"] for r in listed.revisions] == [
        "considered", "reserve",
    ]  # fmt: skip
    with pytest.raises(Conflict):  # the second took its place
        locks.tell_outcome(session, owner.id, first, "none suitable", today())


def test_a_panel_at_work_is_waited_for(session, owner, listed, add_person):
    person = add_person("ann")
    person.roles.append(session.query(Role).filter_by(name=OFFICIAL).first() or Role(name=OFFICIAL))
    session.commit()
    panel.add_member(session, owner.id, listed, person.email)
    with pytest.raises(Conflict):
        locks.lock(session, owner, listed)
    panel.declare(session, person.id, listed.items[0], True, "A cousin.")
    panel.open_consensus(session, owner.id, listed)
    made = locks.lock(session, owner, listed)
    said = made.document["firms"][0]["decision"]["evaluations"]
    assert [(one["person"]["name"], one["conflict_text"]) for one in said] == [("ann", "A cousin.")]


def test_an_empty_list_is_not_locked(session, owner):
    with pytest.raises(RuleBroken):
        locks.lock(session, owner, create_shortlist(session, owner.id, "Empty", {}))


def test_the_outcome_is_asked_for_and_becomes_judgements(session, owner, listed, locked):
    forge, press, oven = [firm["firm_id"] for firm in locked.document["firms"]]
    assert locks.lists_without_outcome(session, owner) == [listed]
    assert locks.list_judgements(session) == []
    locks.tell_outcome(session, owner.id, locked, "awarded", today(), " Signed. ", [press])
    session.commit()
    assert locks.lists_without_outcome(session, owner) == []
    assert locks.list_judgements(session) == [
        ("text:artillery shell bodies", forge, "shortlisted"),
        ("text:artillery shell bodies", press, "awarded"),
        ("text:artillery shell bodies", oven, "rejected"),
    ]
    assert locked.outcome_note == "Signed." and locks.is_untouched(locked)
    with pytest.raises(Conflict):
        locks.unlock(session, owner.id, listed)
    locks.tell_outcome(session, owner.id, locked, "cancelled", today(), "", [press])
    assert (locked.awarded, locks.list_judgements(session)) == ([], [])


def test_colleagues_are_reminded_too(session, owner, listed, locked, add_person):
    person, other = add_person("ann"), add_person("ben")
    person.roles.append(session.query(Role).filter_by(name=OFFICIAL).first() or Role(name=OFFICIAL))
    session.commit()
    share(session, owner.id, listed, person.email, "reader")
    session.commit()
    assert locks.lists_without_outcome(session, person) == [listed]
    assert locks.lists_without_outcome(session, other) == []


@pytest.mark.parametrize(
    ("outcome", "days", "awarded"),
    [("won", 0, []), ("awarded", 0, []), ("awarded", 0, [999]), ("cancelled", 1, [])],
)
def test_outcomes_that_will_not_do(session, owner, locked, outcome, days, awarded):
    with pytest.raises(RuleBroken):
        on = today() + dt.timedelta(days=days)
        locks.tell_outcome(session, owner.id, locked, outcome, on, "", awarded)
