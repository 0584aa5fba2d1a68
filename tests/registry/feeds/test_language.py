"""The language of a text, on made-up sentences."""

import pytest

from registry.feeds.language import language_of


@pytest.mark.parametrize(
    "text",
    [
        "We design and build hydraulic presses for the forging industry.",
        "Custom machining of steel parts",
        "Our office in Montréal is open to the public.",
        "Supplier of ropes, nets and floats",
    ],
)
def test_english(text):
    assert language_of(text, "fr") == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Nous concevons des presses hydrauliques pour l'industrie de la forge.",
        "Usinage de pièces d’acier",
        "Fabricant de câbles et filets",
        "Réparation navale, entretien général",
    ],
)
def test_french(text):
    assert language_of(text, "en") == "fr"


@pytest.mark.parametrize("text", ["", "Zorvex 3000", "PRESSES, FORGING, STEEL", "1234"])
@pytest.mark.parametrize("otherwise", ["en", "fr"])
def test_what_does_not_tell_follows_the_firm(text, otherwise):
    assert language_of(text, otherwise) == otherwise


def test_capitals_tell_by_their_small_words():
    assert language_of("ATELIER DE SOUDURE", "en") == "fr"
    assert language_of("WINDOWS, FITTED WITH GLASS", "fr") == "en"
