"""Rules about shortlists."""

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from registry.errors import NotFound, RuleBroken
from registry.shortlists.models import Shortlist, ShortlistItem
from registry.shortlists.service import (
    NOTE_LENGTH,
    TITLE_LENGTH,
    AlreadyListed,
    add_firm,
    create_shortlist,
    get_item,
    get_shortlist,
    list_shortlists,
    move_item,
    note_export,
    note_item,
    remove_item,
    shortlist_for_need,
)

NEED = {"category": "AMM-01"}


@pytest.fixture
def put(session, owner, shortlist, frozen):
    """Put a firm on the list."""

    def add(firm, match=frozen):
        item = add_firm(session, owner.id, shortlist, firm.id, match, "v1")
        session.commit()
        return item

    return add


def stored(engine, shortlist) -> list[str]:
    """Names of the firms on the list, as another session reads them."""
    with Session(engine) as session:
        return [item.firm.name for item in get_shortlist(session, shortlist.id, None).items]


def test_create(session, owner, trail):
    made = create_shortlist(session, owner.id, "  Shells ", NEED)
    session.commit()
    assert (made.title, made.need, made.owner, made.items) == ("Shells", NEED, owner, [])
    assert trail() == [("shortlist.create", {"title": "Shells"})]


@pytest.mark.parametrize("title", ["", "   ", "\0", "x" * (TITLE_LENGTH + 1)])
def test_a_title_that_will_not_do(session, owner, title):
    with pytest.raises(RuleBroken, match=str(TITLE_LENGTH)):
        create_shortlist(session, owner.id, title, NEED)
    session.commit()
    assert session.scalar(select(func.count(Shortlist.id))) == 0


def test_the_longest_title(session, owner):
    create_shortlist(session, owner.id, "é" * TITLE_LENGTH, NEED)
    session.commit()


def test_a_list_is_its_owners(session, owner, add_person, shortlist, make_firm, put):
    other = add_person("other")
    item = put(make_firm("Forge"))
    assert get_shortlist(session, shortlist.id, owner.id) is shortlist
    assert get_shortlist(session, shortlist.id, None) is shortlist  # the operator
    assert get_item(session, item.id, owner.id) is item
    for ask in (
        lambda: get_shortlist(session, shortlist.id, other.id),
        lambda: get_shortlist(session, 999, owner.id),
        lambda: get_item(session, item.id, other.id),
        lambda: get_item(session, 999, owner.id),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound) as theirs:
        get_shortlist(session, shortlist.id, other.id)
    with pytest.raises(NotFound) as nobodys:
        get_shortlist(session, shortlist.id + 1, other.id)
    assert str(theirs.value).replace(str(shortlist.id), "") == str(nobodys.value).replace(
        str(shortlist.id + 1), ""
    )
    assert list_shortlists(session, other.id) == []


def test_the_last_changed_comes_first(session, owner, make_firm, put, shortlist):
    later = create_shortlist(session, owner.id, "Later", {})
    session.commit()
    assert list_shortlists(session, owner.id) == [later, shortlist]
    put(make_firm("Forge"))
    assert list_shortlists(session, owner.id) == [shortlist, later]


def test_one_list_for_a_need(session, owner, add_person, shortlist):
    assert shortlist_for_need(session, owner.id, "Again", NEED) is shortlist
    assert shortlist_for_need(session, owner.id, "Other", {"class": "1005"}) is not shortlist
    assert shortlist_for_need(session, add_person("b").id, "Mine", NEED) is not shortlist


def test_firms_stand_in_the_order_in_which_they_were_added(
    engine, put, make_firm, shortlist, frozen, trail
):
    forge, bakery = make_firm("Forge"), make_firm("Bakery")
    first, second = put(bakery), put(forge, None)
    assert stored(engine, shortlist) == ["Bakery", "Forge"]
    assert (first.match, first.data_version, first.note) == (frozen, "v1", "")
    assert second.match is None
    assert trail()[1:] == [
        ("shortlist.add", {"firm_id": bakery.id}),
        ("shortlist.add", {"firm_id": forge.id}),
    ]


def test_the_same_firm_twice(session, engine, put, make_firm, shortlist, trail):
    forge, bakery = make_firm("Forge"), make_firm("Bakery")
    put(forge)
    before = trail()
    with pytest.raises(AlreadyListed):
        put(forge)
    # The transaction goes on, and what is done next is kept.
    put(bakery)
    assert stored(engine, shortlist) == ["Forge", "Bakery"]
    assert [item.firm_id for item in shortlist.items] == [forge.id, bakery.id]
    assert trail() == [*before, ("shortlist.add", {"firm_id": bakery.id})]


def test_a_firm_that_does_not_exist(session, owner, shortlist, trail):
    with pytest.raises(NotFound, match="999"):
        add_firm(session, owner.id, shortlist, 999, None, "v1")
    session.commit()
    assert shortlist.items == [] and len(trail()) == 1


def test_move(session, engine, owner, put, make_firm, shortlist, trail):
    items = [put(make_firm(name)) for name in "ABC"]
    moves = [
        (0, "up", "ABC"), (2, "down", "ABC"), (0, "down", "BAC"), (2, "up", "BCA"),
        (2, "up", "CBA"), (0, "down", "CBA"),
    ]  # fmt: skip
    for place, direction, expected in moves:
        before = len(trail())
        was = "".join(stored(engine, shortlist))
        move_item(session, owner.id, items[place], direction)
        session.commit()
        assert "".join(stored(engine, shortlist)) == expected
        assert "".join(item.firm.name for item in shortlist.items) == expected
        assert len(trail()) == before + (was != expected)  # at the end nothing happened
    assert trail()[-1] == ("shortlist.move", {"firm_id": items[2].firm_id})
    with pytest.raises(RuleBroken):
        move_item(session, owner.id, items[0], "sideways")


def test_a_firm_added_after_moves_comes_last(session, engine, owner, put, make_firm, shortlist):
    items = [put(make_firm(name)) for name in "AB"]
    move_item(session, owner.id, items[0], "down")
    remove_item(session, owner.id, items[1])
    put(make_firm("C"))
    assert stored(engine, shortlist) == ["A", "C"]


def test_note(session, owner, put, make_firm, trail):
    item = put(make_firm("Forge"))
    note_item(session, owner.id, item, "  Ring on Monday.\r\n« Déjà » \0 ")
    session.commit()
    session.refresh(item)
    assert item.note == "Ring on Monday.\r\n« Déjà »"
    assert trail()[-1] == ("shortlist.note", {"firm_id": item.firm_id})
    note_item(session, owner.id, item, "")
    assert item.note == ""


def test_a_note_that_is_too_long(session, owner, put, make_firm):
    item = put(make_firm("Forge"))
    note_item(session, owner.id, item, "é" * NOTE_LENGTH)
    with pytest.raises(RuleBroken, match=f"{NOTE_LENGTH}.*{NOTE_LENGTH + 1}"):
        note_item(session, owner.id, item, "x" * (NOTE_LENGTH + 1))
    session.commit()
    assert item.note == "é" * NOTE_LENGTH


def test_what_is_removed_stays_in_the_trail(
    session, engine, owner, put, make_firm, shortlist, trail
):
    gone, kept = put(make_firm("Gone")), put(make_firm("Kept"))
    note_item(session, owner.id, gone, "Closed in May")
    firm_id = gone.firm_id
    remove_item(session, owner.id, gone)
    session.commit()
    assert stored(engine, shortlist) == ["Kept"] and shortlist.items == [kept]
    assert session.scalar(select(func.count(ShortlistItem.id))) == 1
    assert trail()[-1] == ("shortlist.remove", {"firm_id": firm_id, "note": "Closed in May"})
    assert ("shortlist.add", {"firm_id": firm_id}) in trail()


def test_a_removed_firm_can_come_back(session, owner, put, make_firm):
    firm = make_firm("Forge")
    remove_item(session, owner.id, put(firm))
    assert put(firm).position == 1


def test_an_export_leaves_a_trace(session, owner, shortlist, trail):
    note_export(session, owner.id, shortlist, "csv")
    session.commit()
    assert trail()[-1] == ("shortlist.export", {"form": "csv"})


def test_queries_do_not_grow_with_the_list(session, make_firm, shortlist, owner):
    used, number, me = [], shortlist.id, owner.id
    for batch in ("A", "BCDEFG"):
        target = get_shortlist(session, number, me)
        for name in batch:
            add_firm(session, me, target, make_firm(name).id, None, "v1")
        session.commit()
        session.expunge_all()
        seen = []

        def note(*sent, seen=seen):
            seen.append(sent)

        event.listen(session.get_bind(), "before_cursor_execute", note)
        found = get_shortlist(session, number, me)
        assert all(item.firm.name_in("fr") and item.firm.main_site for item in found.items)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        used.append(len(seen))
    assert used[0] == used[1] > 1
