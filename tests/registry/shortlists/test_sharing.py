"""Who reads and changes a list, and what is decided of its firms."""

import pytest
from sqlalchemy import event

from registry.accounts.models import OFFICIAL, Role
from registry.errors import NotAllowed, NotFound, RuleBroken
from registry.shortlists import access
from registry.shortlists.models import EDITOR, OWNER, READER
from registry.shortlists.service import (
    add_firm,
    create_shortlist,
    get_item,
    get_shortlist,
    judge_item,
    list_shortlists,
    shortlist_for_need,
)


@pytest.fixture
def official(session, add_person):
    """Adds an official of an office."""

    def add(name, office="Army"):
        person = add_person(name)
        role = session.query(Role).filter_by(name=OFFICIAL).first() or Role(name=OFFICIAL)
        person.roles.append(role)
        person.office = office
        session.commit()
        return person

    return add


@pytest.fixture
def item(session, owner, shortlist, make_firm, frozen):
    made = add_firm(session, owner.id, shortlist, make_firm("Forge").id, frozen, "v")
    session.commit()
    return made


def test_a_colleague_reads_or_edits_and_a_stranger_finds_nothing(
    session, owner, official, shortlist, item, trail
):
    reader, stranger = official("reader"), official("stranger")
    with pytest.raises(NotFound):
        get_shortlist(session, shortlist.id, reader.id)
    access.share(session, owner.id, shortlist, " READER@cadence.example ", READER)
    assert get_shortlist(session, shortlist.id, reader.id) is shortlist
    assert list_shortlists(session, reader.id) == [shortlist]
    with pytest.raises(NotAllowed):
        get_shortlist(session, shortlist.id, reader.id, EDITOR)
    with pytest.raises(NotAllowed):
        get_item(session, item.id, reader.id)
    access.share(session, owner.id, shortlist, reader.email, EDITOR)
    assert len(shortlist.people) == 1 and get_item(session, item.id, reader.id) is item
    with pytest.raises(NotAllowed):
        get_shortlist(session, shortlist.id, reader.id, OWNER)
    for least in (READER, EDITOR, OWNER):
        with pytest.raises(NotFound):
            get_shortlist(session, shortlist.id, stranger.id, least)
    access.unshare(session, owner.id, shortlist, reader.id)
    session.commit()
    assert list_shortlists(session, reader.id) == []
    assert [action for action, _detail in trail()][-3:] == [
        "shortlist.share", "shortlist.share", "shortlist.unshare",
    ]  # fmt: skip


def test_an_office_is_its_officials_alone(session, official, add_person, make_firm):
    owner, near, far = official("a"), official("b"), official("c", office="Navy")
    retired = add_person("d")  # of the office, with no role any more
    retired.office = "Army"
    made = create_shortlist(session, owner.id, "Shells", {"category": "AMM-01"})
    access.share_with_office(session, owner.id, made, EDITOR)
    session.commit()
    assert access.role_in(session, made, near.id) == EDITOR
    assert list_shortlists(session, near.id) == [made]
    # A list of one's own is made, not the colleague's filled.
    assert shortlist_for_need(session, near.id, "Mine", made.need) is not made
    for person in (far, retired):
        assert access.role_in(session, made, person.id) is None
        assert list_shortlists(session, person.id) == []
    access.share_with_office(session, owner.id, made, None)
    assert access.role_in(session, made, near.id) is None


@pytest.mark.parametrize("email", ["", "nobody@cadence.example", "firm@cadence.example", "%"])
def test_only_officials_are_colleagues(session, owner, add_person, shortlist, email):
    add_person("firm")
    with pytest.raises(RuleBroken):
        access.share(session, owner.id, shortlist, email, READER)


def test_an_owner_without_an_office_shares_with_none(session, owner, shortlist):
    with pytest.raises(RuleBroken):
        access.share_with_office(session, owner.id, shortlist, READER)


def test_a_rejection_has_a_reason(session, owner, item, trail):
    judge_item(session, owner.id, item, "rejected", "capacity", " 500 a month ", "East, forge,East")
    session.commit()
    assert (item.status, item.reject_reason, item.reject_text, item.tags) == (
        "rejected", "capacity", "500 a month", ["East", "forge"],
    )  # fmt: skip
    before = len(trail())
    judge_item(session, owner.id, item, "rejected", "capacity", "500 a month", None)
    assert len(trail()) == before  # nothing changed
    judge_item(session, owner.id, item, "shortlisted", "capacity", "left over")
    session.commit()
    assert (item.reject_reason, item.reject_text, item.tags) == (None, None, ["East", "forge"])


@pytest.mark.parametrize(
    ("status", "reason", "text", "tags"),
    [
        ("rejected", None, "", None),
        ("rejected", "whim", "", None),
        ("rejected", "other", " \0 ", None),
        ("winner", None, "", None),
        ("rejected", "other", "x" * 1001, None),
        ("shortlisted", None, "", "x" * 41),
        ("shortlisted", None, "", ",".join("abcdefghijk")),
    ],
)
def test_judgements_that_will_not_do(session, owner, item, status, reason, text, tags):
    with pytest.raises(RuleBroken):
        judge_item(session, owner.id, item, status, reason, text, tags)


def test_lists_are_read_in_a_fixed_number_of_queries(session, owner, make_firm):
    def queries() -> int:
        seen: list[str] = []
        bind = session.get_bind()
        session.expire_all()
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(bind, "before_cursor_execute", listen)
        for one in list_shortlists(session, owner.id):
            assert one.owner.name == "owner" and len(one.items) <= 1 and not one.panel
        event.remove(bind, "before_cursor_execute", listen)
        return len(seen)

    for name in "ab":
        create_shortlist(session, owner.id, name, {})
    few = queries()
    for name in "cdefgh":
        create_shortlist(session, owner.id, name, {})
    assert queries() == few
