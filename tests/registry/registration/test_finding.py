"""Is the firm here already?"""

import datetime as dt

import pytest

from registry.firms.models import Firm, FirmName, Site
from registry.firms.service import announce_changes
from registry.registration import finding, service
from registry.registration.suggestions import suggest_categories, suggest_classes


@pytest.fixture
def found(app, session, firm):
    session.commit()
    return lambda typed, language="en": [
        (each.firm.id, each.same) for each in finding.find_likenesses(session, typed, language)
    ]


@pytest.mark.parametrize(
    "typed",
    ["Fictional Forge Ltd.", "fictional  forge", "Fictionnal Forge Ltée", "L1A2B", "l1a-2b"],
)
def test_a_firm_is_found_by_name_and_by_number(found, firm, typed):
    assert found(typed)[0][0] == firm.id


@pytest.mark.parametrize("typed", ["Quite Another Company", "Zz", "%", "123456782", "\u202e"])
def test_another_name_finds_nothing(found, typed):
    assert found(typed) == []


def test_reasons_are_in_the_readers_language(app, session, firm):
    session.commit()
    english, french = (
        finding.find_likenesses(session, "Fictionnal Forge", language)[0].reasons
        for language in ("en", "fr")
    )
    assert english and french and english != french


def test_a_change_shows_at_once(found, session, firm, feed):
    assert found("Brand New Works") == []
    fact = {"source_id": feed.id, "as_of": dt.date(2026, 1, 1)}
    new = Firm(name="Brand New Works", **fact)
    new.names = [FirmName(kind="legal", language=None, name="Brand New Works", **fact)]
    new.sites = [Site(kind="plant", city="Regina", province="SK", **fact)]
    session.add(new)
    session.flush()
    announce_changes(session, [new.id])
    session.commit()
    assert found("Brand New Works") == [(new.id, True)]
    new.listed = "suspended"
    announce_changes(session, [new.id])
    session.commit()
    assert found("Brand New Works") == []  # known, but not offered to be claimed


def test_words_suggest_classes_and_categories_with_reasons(app, session, draft, ada, admin):
    service.submit(session, ada.id, draft)
    service.publish(session, admin.id, draft)
    session.commit()
    classes = suggest_classes(session, "155 mm artillery ammunition", "en")
    assert "1320" in [each.entry.code for each in classes]
    assert all(each.reason for each in classes)
    categories = suggest_categories(session, "155 mm artillery shells")
    assert categories[0].entry.code == "AMM-01" and "155" in categories[0].reason
    assert suggest_classes(session, " \0 ", "fr") == suggest_categories(session, "") == []
