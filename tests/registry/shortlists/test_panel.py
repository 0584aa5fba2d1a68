"""A panel: conflicts first, scores apart, consensus at the end."""

import pytest

from registry.accounts.models import OFFICIAL, Role
from registry.errors import Conflict, NotAllowed, RuleBroken
from registry.firms.models import Membership
from registry.shortlists import panel
from registry.shortlists.service import add_firm, get_shortlist


@pytest.fixture
def people(session, add_person):
    """Two officials."""
    found = [add_person("ann"), add_person("ben")]
    role = session.query(Role).filter_by(name=OFFICIAL).first() or Role(name=OFFICIAL)
    for person in found:
        person.roles.append(role)
    session.commit()
    return found


@pytest.fixture
def items(session, owner, shortlist, make_firm, frozen, people):
    for name in ("Forge", "Bakery"):
        add_firm(session, owner.id, shortlist, make_firm(name).id, frozen, "v")
    panel.set_criteria(session, owner.id, shortlist, "Capacity\n\n Quality \nCapacity")
    for person in people:
        panel.add_member(session, owner.id, shortlist, person.email)
    session.commit()
    return shortlist.items


def evaluate(session, person, items, *scores):
    for item in items:
        panel.declare(session, person.id, item, False)
        panel.score(session, person.id, item, scores)


def test_members_see_their_own_until_all_have_submitted(session, owner, shortlist, items, people):
    ann, ben = people
    assert get_shortlist(session, shortlist.id, ann.id) is shortlist  # a member reads the list
    evaluate(session, ann, items, 5, 4)
    panel.submit_scores(session, ann.id, shortlist)
    evaluate(session, ben, items, 1, 0)
    seen = {
        person.name: [one.scores for one in panel.seen_by(shortlist, items[0], person.id)]
        for person in (ann, ben, owner)
    }
    assert seen == {"ann": [[5, 4]], "ben": [[1, 0]], "owner": []}
    with pytest.raises(Conflict):
        panel.record_consensus(session, owner.id, items[0], [3, 2])
    panel.submit_scores(session, ben.id, shortlist)
    session.commit()
    assert len(panel.seen_by(shortlist, items[0], owner.id)) == 2
    panel.record_consensus(session, owner.id, items[0], [3, 2], "Ben saw the plant.")
    session.commit()
    assert (items[0].consensus, [one.scores for one in items[0].evaluations]) == (
        [3, 2], [[5, 4], [1, 0]],
    )  # fmt: skip


def test_the_owner_can_open_consensus_early(session, owner, shortlist, items, people):
    ann, _ben = people
    evaluate(session, ann, items, 5, 4)
    panel.open_consensus(session, owner.id, shortlist)
    assert len(panel.seen_by(shortlist, items[0], owner.id)) == 1
    with pytest.raises(Conflict):
        panel.score(session, ann.id, items[0], [0, 0])


def test_a_conflict_forbids_the_score(session, owner, shortlist, items, people, trail):
    ann, ben = people
    with pytest.raises(NotAllowed):  # nothing declared yet
        panel.score(session, ann.id, items[0], [1, 1])
    with pytest.raises(RuleBroken):
        panel.declare(session, ann.id, items[0], True, "  ")
    evaluate(session, ann, items, 2, 2)
    mine = panel.declare(session, ann.id, items[0], True, "My brother works there.")
    session.commit()
    assert mine.scores is None
    with pytest.raises(NotAllowed):
        panel.score(session, ann.id, items[0], [5, 5])
    panel.submit_scores(session, ann.id, shortlist)
    evaluate(session, ben, items, 1, 1)
    panel.submit_scores(session, ben.id, shortlist)
    with pytest.raises(NotAllowed):
        panel.record_consensus(session, ann.id, items[0], [5, 5])
    said = [detail for action, detail in trail() if action in ("shortlist.score",)]
    assert said and all(set(detail) == {"firm_id"} for detail in said)  # which score is not told


def test_who_belongs_to_a_firm_never_evaluates(session, owner, shortlist, items, people):
    ann, ben = people
    session.add(Membership(user_id=ben.id, firm_id=items[1].firm_id))
    session.flush()
    for act in (
        lambda: panel.declare(session, ben.id, items[0], False),
        lambda: panel.declare(session, owner.id, items[0], False),  # not on the panel
    ):
        with pytest.raises(NotAllowed):
            act()
    panel.remove_member(session, owner.id, shortlist, ben.id)
    with pytest.raises(RuleBroken):
        panel.add_member(session, owner.id, shortlist, ben.email)
    panel.declare(session, ann.id, items[0], False)
    with pytest.raises(Conflict):
        panel.remove_member(session, owner.id, shortlist, ann.id)


@pytest.mark.parametrize("scores", [[], [1], [1, 6], [-1, 1], [None, 3], [1, 2, 3]])
def test_scores_that_will_not_do(session, items, people, scores):
    panel.declare(session, people[0].id, items[0], False)
    with pytest.raises(RuleBroken):
        panel.score(session, people[0].id, items[0], scores)


def test_all_firms_are_scored_before_submitting(
    session, owner, shortlist, items, people, make_firm
):
    ann = people[0]
    evaluate(session, ann, items[:1], 3, 3)
    with pytest.raises(RuleBroken, match="1"):
        panel.submit_scores(session, ann.id, shortlist)
    evaluate(session, ann, items[1:], 3, 3)
    panel.submit_scores(session, ann.id, shortlist)
    with pytest.raises(Conflict):  # the places of the scores would mean something else
        panel.set_criteria(session, owner.id, shortlist, "Price")
    add_firm(session, owner.id, shortlist, make_firm("Third").id, None, "v")
    assert panel.member_of(shortlist, ann.id).submitted_at is None  # one more to judge
