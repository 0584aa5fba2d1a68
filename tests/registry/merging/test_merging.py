"""Two firms that are one: everything moves, and everything moves back."""

import datetime as dt

import pytest
from sqlalchemy import select

from registry.accounts.models import User
from registry.capabilities.models import ClassDeclaration
from registry.demand.models import Vendor
from registry.errors import Conflict, RuleBroken
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmName, Identifier, Membership, Ownership
from registry.merging import service
from registry.merging.models import Distinct
from registry.registration import service as registration

FACT_TABLES = (FirmName, Identifier, ClassDeclaration, Vendor, Membership, Ownership)


@pytest.fixture
def pair(session):
    """Two firms with the same name, class and member, and things that only one of them has."""
    source = Source(code="feed", title_en="A feed", title_fr="Un flux", as_of=None)
    user = User(name="ada", email="ada@cadence.example", fs_uniquifier="ada", active=True)
    session.add_all((source, user))
    session.flush()
    fact = {"source_id": source.id, "as_of": dt.date(2026, 1, 1)}
    firms = []
    for number in (1, 2):
        firm = Firm(name="Fictional Forge Ltd.", **fact)
        firm.names = [FirmName(kind="legal", name="Fictional Forge Ltd.", **fact)]
        firm.identifiers = [
            Identifier(scheme="ncage", value=f"L{number}A2B", well_formed=True, **fact)
        ]
        firm.ownership = Ownership(canadian_control=bool(number - 1), **fact)
        session.add(firm)
        session.flush()
        session.add(ClassDeclaration(firm_id=firm.id, class_code="1320", **fact))
        session.add(Membership(user_id=user.id, firm_id=firm.id))
        session.add(
            Vendor(source_id=source.id, key=str(number), name="F", firm_id=firm.id, link="linked",
                   candidates=[])
        )  # fmt: skip
        firms.append(firm)
    session.add(ClassDeclaration(firm_id=firms[1].id, class_code="1340", **fact))
    session.flush()
    return firms


def owners(session):
    """Which firm each row belongs to."""
    return {
        (model.__tablename__, row.id): row.firm_id
        for model in FACT_TABLES
        for row in session.scalars(select(model))
    }


def test_a_merge_keeps_everything_and_can_be_undone(session, pair):
    kept, merged = pair
    before = owners(session)
    made = service.merge(session, 1, kept, merged, "One plant, one owner.")
    after = owners(session)
    assert after.keys() == before.keys()  # no row was lost
    moved = {table for (table, _id), firm_id in after.items() if firm_id != before[table, _id]}
    assert moved == {"identifiers", "class_declarations", "vendors"}  # the rest is there already
    assert (merged.listed, merged.merged_into_id) == ("merged", kept.id)
    service.undo(session, 1, made.id)
    assert owners(session) == before
    assert (merged.listed, merged.merged_into_id) == ("listed", None)
    with pytest.raises(Conflict):
        service.undo(session, 1, made.id)


def test_what_cannot_be_merged(session, pair):
    kept, merged = pair
    with pytest.raises(RuleBroken):
        service.merge(session, 1, kept, merged, "")
    with pytest.raises(Conflict):
        service.merge(session, 1, kept, kept, "Myself.")
    user = session.scalars(select(User)).one()
    registration.begin_revision(session, user.id, merged.id)
    with pytest.raises(Conflict, match="draft"):
        service.merge(session, 1, kept, merged, "Busy.")
    service.merge(session, 1, merged, kept, "The other way round.")
    with pytest.raises(Conflict):
        service.merge(session, 1, merged, kept, "Again.")


def test_pairs_are_found_until_a_person_decides(app, session, pair):
    session.commit()
    pairs, following = service.list_pairs(session, "en")
    assert [(each.other.firm.id, each.one.id) for each in pairs] == [(pair[0].id, pair[1].id)]
    assert following is None and pairs[0].other.reasons
    service.keep_apart(session, 1, pair[1].id, pair[0].id)
    service.keep_apart(session, 1, pair[0].id, pair[1].id)
    session.commit()
    assert service.list_pairs(session, "en")[0] == []
    assert len(session.scalars(select(Distinct)).all()) == 1


def test_every_table_that_names_a_firm_is_accounted_for():
    """A new one moves with a merge unless it is said to stay."""
    assert {name.split(".")[0] for name in service.moving_columns()} >= {
        "capabilities", "certificates", "class_declarations", "claims", "contacts",
        "export_controls", "firm_names", "firm_records", "identifiers", "industries",
        "memberships", "ownerships", "production_lines", "shortlist_items", "sites",
        "statements", "vendors",
    }  # fmt: skip
