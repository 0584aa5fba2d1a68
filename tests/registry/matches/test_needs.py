"""From what a person points at to a need."""

import pytest

from matching import Requirement
from registry.errors import NotFound, RuleBroken
from registry.matches.needs import (
    LONGEST_TEXT,
    need_from_reference,
    need_of_category,
    need_of_class,
    need_of_text,
    need_sentence,
    need_title,
    reference_from_form,
)
from registry.taxonomy.domains import DOMAINS
from registry.taxonomy.service import get_category, get_class, list_categories


def test_a_category_brings_words_classes_and_requirements(session):
    category = get_category(session, "AMM-01")
    need = need_of_category(category)
    assert (need.key, need.title_en, need.title_fr) == (
        "AMM-01", "155 mm artillery shells", "Obus d’artillerie de 155 mm",
    )  # fmt: skip
    assert (need.description_en, need.description_fr) == (
        category.description_en, category.description_fr,
    )  # fmt: skip
    assert "155mm" in need.synonyms_en and "obus explosif de 155 mm" in need.synonyms_fr
    assert need.class_codes == ("1320",)
    required = {requirement.name: requirement for requirement in need.requirements}
    assert set(required) == {"maker", "controlled goods", "quality system", "facility clearance"}
    assert required["controlled goods"] == Requirement("controlled goods", ("CGP",))
    assert "ISO 9001" in required["quality system"].any_of
    assert required["maker"].activities == ("manufacturer",)


def test_every_domain_asks_for_something(session):
    domains = {category.domain: category for category in list_categories(session)}
    assert set(domains) == set(DOMAINS)
    for category in domains.values():
        names = [requirement.name for requirement in need_of_category(category).requirements]
        assert "quality system" in names and len(set(names)) == len(names)


def test_a_class_and_words(session):
    need = need_of_class(get_class(session, "1005"))
    assert (need.key, need.class_codes) == ("1005", ("1005",))
    assert need.title_fr == "Armes à feu, jusqu’à 30 mm inclusivement"
    words = need_of_text("obus de 155 mm")
    assert words.title_en == words.title_fr == words.key == "obus de 155 mm"
    assert words.class_codes == () and not words.is_empty


def test_words_that_are_too_long(session):
    assert need_of_text("x" * LONGEST_TEXT)
    with pytest.raises(RuleBroken, match="too long"):
        need_of_text("x" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(
    ("reference", "key", "title", "sentence"),
    [
        ({"category": "AMM-01"}, "AMM-01", "155 mm artillery shells", "shortfall category AMM-01"),
        ({"class": "1005"}, "1005", "1005 Guns, through 30 mm", "supply class 1005"),
        ({"text": "shells"}, "shells", "shells", "the words “shells”"),
        ({}, None, "Firms without a need", "no need stated"),
    ],
)
def test_a_reference(session, reference, key, title, sentence):
    need = need_from_reference(session, reference)
    assert (need and need.key) == key
    assert need_title(session, reference, "en") == title
    assert need_sentence(session, reference) == sentence


def test_a_tender_is_called_as_its_publisher_calls_it(session):
    assert need_sentence(session, {"tender": "999"}) == "a tender that is no longer here"


def test_titles_in_french(session):
    title = need_title(session, {"category": "AMM-01"}, "fr")
    assert title == "Obus d’artillerie de 155 mm"
    assert need_title(session, {"class": "1005"}, "fr").startswith("1005 Armes à feu")


def test_a_long_search_gives_a_title_that_fits(session):
    title = need_title(session, {"text": "forged ring " * 33}, "en")
    assert title.startswith("forged ring forged ring") and len(title) <= 120


@pytest.mark.parametrize("reference", [{"category": "XXX-99"}, {"class": "0000"}])
def test_a_reference_to_nothing(session, reference):
    with pytest.raises(NotFound):
        need_from_reference(session, reference)
    with pytest.raises(NotFound):
        need_title(session, reference, "en")


@pytest.mark.parametrize(
    ("form", "reference"),
    [
        ({"category": " AMM-01 ", "text": "shells"}, {"category": "AMM-01"}),
        ({"category": "", "class": "1005"}, {"class": "1005"}),
        ({"text": "x" * 999}, {"text": "x" * LONGEST_TEXT}),
        ({"text": "  "}, {}),
        ({"other": "x"}, {}),
    ],
)
def test_the_reference_of_a_form(form, reference):
    assert reference_from_form(form) == reference
